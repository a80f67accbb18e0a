package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What is found where: the text with its marks in brackets, or nothing.
func TestWhatIsFound(t *testing.T) {
	tests := []struct{ name, question, body, marked string }{
		{"inside of a Korean word", "하세", "안녕하세요", "안녕[하세]요"},
		{"a word of two syllables", "역사", "조선역사책", "조선[역사]책"},
		{"with an ending", "회의", "내일 회의가 있어요", "내일 [회의]가 있어요"},
		{"one syllable", "물", "물 좀, 큰물", "[물] 좀, 큰[물]"},
		{"all of it", "안녕하세요", "안녕하세요", "[안녕하세요]"},
		{"not across a space", "안녕하세요", "안녕 하세요", ""},
		{"two parts of one word", "하세요 안녕", "안녕하세요", "[안녕하세요]"},
		{"a syllable is whole", "하", "한글", ""},
		{"composed and not", "한글", norm.NFD.String("좋은 한글날"), norm.NFD.String("좋은 ") + "[" + norm.NFD.String("한글") + "]" + norm.NFD.String("날")},
		{"not composed and composed", norm.NFD.String("한글"), "한글날", "[한글]날"},
		{"letters of Korean", "ㅋㅋ", "ㅋㅋㅋ", "[ㅋㅋㅋ]"},
		{"of half width", "한글", "ﾾﾡﾤﾡﾩﾱ", ""}, // they compose, but not to this
		{"another word", "하세", "하루 세 번", ""},
		{"a part is missing", "안녕 바다", "안녕하세요", ""},

		{"in capitals", "MARU", "Maru is maru", "[Maru] is [maru]"},
		{"the beginning of a word", "mess", "Messages, a mess", "[Mess]ages, a [mess]"},
		{"not the middle of a word", "sage", "messages", ""},
		{"short words are whole", "ci", "cinema or CI", "cinema or [CI]"},
		{"quoted words are whole", `"mess"`, "messages, a mess", "messages, a [mess]"},
		{"a phrase", `"the sea"`, "the sea, theseus, sea the", "[the sea], theseus, sea the"},
		{"of a phone's marks", "“the sea”", "by the  sea", "by [the  sea]"},
		{"a mark left open", `"the sea`, "the seal, the sea", "the seal, [the sea]"},
		{"no phrase", "sea the", "the sea", "[the] [sea]"},
		{"punctuation parts", "e-mail", "e-mail, E mail, email", "[e-mail], [E mail], email"},
		{"in a name", "bar", "foo_bar foo.bar", "foo_[bar] foo.[bar]"},
		{"a number of a version", "1.2", "version 1.2, 12", "version [1.2], 12"},
		{"an apostrophe", "don't", "I don't", "I [don't]"},
		{"an address", "example.com", "see https://example.com/sea", "see https://[example.com]/sea"},
		{"a mention", "@mina", "hi @Mina!", "hi @[Mina]!"},
		{"folding grows", "strasse", "Straße", "[Straße]"},
		{"a part of what grew", "stras", "Straße", "[Straß]e"},
		{"a ligature", "file", "ﬁle", "[ﬁle]"},
		{"of full width", "abc", "ＡＢＣ", "[ＡＢＣ]"},
		{"accents count", "cafe", "café", ""},
		{"accents, composed and not", "café", "cafe\u0301s", "[cafe\u0301]s"},
		{"Cyrillic", "привет", "Приветы", "[Привет]ы"},

		{"mixed writings", "maru가", "Maru가 좋다", "[Maru가] 좋다"},
		{"mixed, a word is whole", "ru가", "Maru가 좋다", ""},
		{"a number and a counter", "3개", "13개, 3개", "13개, [3개]"},
		{"a date", "2026년", "2026년 11월", "[2026년] 11월"},
		{"Japanese", "サーバー", "新サーバー", "新[サーバー]"},
		{"of half width kana", "サーバー", "ｻｰﾊﾞｰ", "[ｻｰﾊﾞｰ]"},
		{"Chinese", "北京", "我在北京大学", "我在[北京]大学"},
		{"one ideograph", "猫", "黒い猫が", "黒い[猫]が"},
		{"Thai", "ไทย", "ภาษาไทย", "ภาษา[ไทย]"},

		{"an emoji", "👍", "좋아👍", "좋아[👍]"},
		{"an emoji of a colour", "👍", "좋아👍🏽!", "좋아[👍🏽]!"},
		{"an emoji in another colour", "👍🏿", "👍", "[👍]"},
		{"with and without its look", "❤", "a ❤️ b", "a [❤️] b"},
		{"one of a family", "👩", "👨‍👩‍👧", "👨‍[👩‍]👧"},
		{"a flag", "🇰🇷", "🇯🇵🇰🇷", "🇯🇵[🇰🇷]"},
		{"unseen letters", "바다", "바\u200b다", "[바\u200b다]"},
		{"a soft hyphen", "message", "mes\u00adsage", "[mes\u00adsage]"},
		{"lines", "둘", "하나\n둘\n셋", "하나\n[둘]\n셋"},
		{"a long word", strings.Repeat("a", 30), strings.Repeat("a", 40) + " " + strings.Repeat("a", 29), "[" + strings.Repeat("a", 30) + "]" + strings.Repeat("a", 10) + " " + strings.Repeat("a", 29)},
		{"4,000 letters", "다라", strings.Repeat("가", 3998) + "다라", strings.Repeat("가", 3998) + "[다라]"},
	}
	for _, test := range tests {
		q, err := parse(test.question)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		marks := q.marks(test.body)
		if got := marked(test.body, marks); got != test.marked {
			t.Errorf("%s: %q in %q gives %q, want %q", test.name, test.question, test.body, got, test.marked)
		}
		if held := holds(read(test.body).terms(), q.spans()); marks != nil && !held {
			t.Errorf("%s: the index does not lead to it", test.name)
		}
	}
}

func marked(body string, marks [][2]int) string {
	if marks == nil {
		return ""
	}
	runes := []rune(body)
	var b strings.Builder
	at := 0
	for _, m := range marks {
		b.WriteString(string(runes[at:m[0]]) + "[" + string(runes[m[0]:m[1]]) + "]")
		at = m[1]
	}
	return b.String() + string(runes[at:])
}

// holds says whether of each span a term is there.
func holds(terms []string, spans []span) bool {
	for _, s := range spans {
		if !slices.ContainsFunc(terms, func(term string) bool { return term >= s.from && term < s.to }) {
			return false
		}
	}
	return true
}

func TestNothingToSearch(t *testing.T) {
	for _, typed := range []string{"", " ", "!?", `""`, "\u200b", "-- … ''"} {
		if q, err := parse(typed); err == nil {
			t.Errorf("%q is %d parts", typed, len(q))
		}
	}
}

// A text is taken apart letter by letter, and has to be what it is when folded as
// a whole; marks stay inside of it; and whatever is found is led to by the index.
func TestTakingApart(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20000 {
		body := randomText(r, 12)
		x := read(body)
		var seen strings.Builder
		for _, c := range foldSegment([]byte(norm.NFKC.String(body))) {
			if k := kindOf(c); k == letter || k == ofWord {
				seen.WriteRune(c)
			}
		}
		if x.folded != seen.String() {
			t.Fatalf("seed %d: %q: letter by letter %q, as a whole %q", seed, body, x.folded, seen.String())
		}
		question := randomText(r, 3)
		q, err := parse(question)
		if err != nil {
			continue
		}
		marks := q.marks(body)
		last := -1
		for _, m := range marks {
			if m[0] <= last || m[1] <= m[0] || m[1] > utf8.RuneCountInString(body) {
				t.Fatalf("seed %d: %q in %q: marks %v", seed, question, body, marks)
			}
			last = m[1]
		}
		if marks != nil && !holds(x.terms(), q.spans()) {
			t.Fatalf("seed %d: the index does not lead %q to %q", seed, question, body)
		}
	}
}

// alphabet has of everything that folding and parting treat in another way.
var alphabet = []string{
	"가", "나", "한", "글", "ㅎ", "ㅏ", "ㄴ", "\u1112", "\u1161", "\u11ab", "a", "B", "b", "é", "e\u0301", "ß", "ﬁ", "İ", "Σ", "ς", "0", "1", "²",
	" ", " ", "\n", "-", ".", "\"", "“", "\u200d", "\ufe0f", "👍", "🏽", "❤", "한국", "日", "本", "か", "\u3099", "ｶ", "ﾞ", "ー", "ก", "ำ", "\u0301", "\u3164", "ǰ", "ᾳ", "㎏", "™",
}

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func BenchmarkTerms(b *testing.B) {
	for _, body := range []string{"내일 오전 회의는 열 시에 시작하고 자료는 미리 올려 둘게요", "the meeting tomorrow begins at ten, and I will upload the slides before"} {
		b.Run(fmt.Sprint(utf8.RuneCountInString(body)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(body).terms()
			}
		})
	}
}
