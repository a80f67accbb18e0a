package chat

import "testing"

func TestCheckEmoji(t *testing.T) {
	for _, good := range []string{
		"👍", "🙏", "😀", "🧌", "🥹", "⌚", "🪿", "👍🏽", "🫱🏿", "☝🏻", "👩‍💻", "👩🏾‍💻", "👨‍👩‍👧‍👦", "👩🏻‍❤️‍💋‍👨🏿", "🏳️‍🌈", "🏴‍☠️", "❤️‍🔥", "🏃🏽‍♀️‍➡️", "🐦‍⬛",
		"❤️", "☀️", "©️", "〰️", "㊗️", "Ⓜ️", "🅰️", "1️⃣", "0️⃣", "#️⃣", "*️⃣", "🇰🇷", "🇪🇺", "🇺🇳", "🇽🇰", "🇮🇨", "🏴", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"\U0001FAFF", // kept free for what comes
	} {
		if got, err := CheckEmoji(good); err != nil || got != good {
			t.Errorf("%s: %U %v", good, []rune(got), err)
		}
	}
	for typed, want := range map[string]string{
		"❤": "❤️", "👍\uFE0F": "👍", "☝\uFE0F🏻": "☝🏻", "1\u20E3": "1️⃣", "🏳‍🌈": "🏳️‍🌈", "👩‍❤‍👩": "👩‍❤️‍👩", "🕵🏽‍♂": "🕵🏽‍♂️", "㊗": "㊗️",
	} {
		if got, err := CheckEmoji(typed); err != nil || got != want {
			t.Errorf("%s: %U %v, want %U", typed, []rune(got), err, []rune(want))
		}
	}
	for _, bad := range []string{
		"", " ", "a", "ㅎ", "한", "1", "#", "1\uFE0F", ":)", "+1", "👍👎", "👍👍", "👍 ", " 👍", "👍a", "a👍", "❤️❤️", "👍🏽🏽", "😀🏽", "🏽", "\uFE0F", "\u200D", "👍\u200D", "\u200D👍",
		"👩\u200D\u200D💻", "👩\u200Da", "❤\uFE0E", "❤️\uFE0F", "🇰", "🇰🇷🇰🇷", "🇰🇷🇰", "🇽🇽", "🇿🇿", "🇺🇸🏽", "\u20E3", "12\u20E3", "a\u20E3", "🏴\U000E0067", "🏴\U000E0075\U000E0073\U000E0063\U000E0061\U000E007F",
		"♔", "☙", "→", "★", "\u0301", "e\u0301", "👍\u0301", "👍\x00", "👍\xff", "\xf0\x9f\x91", "\n", "<b>",
		"👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩‍👩",
	} {
		if got, err := CheckEmoji(bad); KindOf(err) != Invalid {
			t.Errorf("%q: %q %v", bad, got, err)
		}
	}
}

func FuzzCheckEmoji(f *testing.F) {
	for _, seed := range []string{"👍🏽", "👩🏻‍❤️‍💋‍👨🏿", "1️⃣", "🇰🇷", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤", "a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		kept, err := CheckEmoji(typed)
		if err != nil {
			return
		}
		if again, err := CheckEmoji(kept); err != nil || again != kept {
			t.Errorf("%q is kept as %q, and that as %q %v", typed, kept, again, err)
		}
	})
}
