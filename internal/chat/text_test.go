package chat

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	for _, good := range []string{"ab", "민아", "j.doe", "a-b_c", "Ünal", "名前", "देवनागरी", "12", strings.Repeat("가", 32)} {
		if _, err := CheckName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, kind := range map[string]Kind{
		"": Invalid, "a": Invalid, "a b": Invalid, "a@b": Invalid, "a/b": Invalid, "a\u202eb": Invalid, "a\x00b": Invalid,
		"\u3164\u3164": Invalid, "a\xffb": Invalid, "😀😀": Invalid, "\u0301a": Invalid, "a\nb": Invalid,
		strings.Repeat("a", 33): TooLarge,
	} {
		if _, err := CheckName(bad); err == nil || KindOf(err) != kind {
			t.Errorf("%q: %v, want %s", bad, err, kind)
		}
	}
	same := [][2]string{{"Mina", "mINA"}, {"ｍｉｎａ", "mina"}, {"STRASSE", "straße"}, {"각", "각"}, {"ΣΑΣ", "σας"}}
	for _, pair := range same {
		if NameKey(pair[0]) != NameKey(pair[1]) {
			t.Errorf("%q and %q are two names", pair[0], pair[1])
		}
	}
}

func TestCheckDisplayName(t *testing.T) {
	for typed, want := range map[string]string{"  민아  ": "민아", "": "name", "   ": "name", "👩‍👩‍👧 house": "👩‍👩‍👧 house", "لنا": "لنا"} {
		if got, err := CheckDisplayName(typed, "name"); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", typed, got, err, want)
		}
	}
	for bad, kind := range map[string]Kind{
		"a\u202eb": Invalid, "a\u2066b": Invalid, "a\tb": Invalid, "a\nb": Invalid, "\u200b\u200b": Invalid, "\u3164": Invalid,
		strings.Repeat("a", 65): TooLarge,
	} {
		if _, err := CheckDisplayName(bad, "name"); err == nil || KindOf(err) != kind {
			t.Errorf("%q: %v, want %s", bad, err, kind)
		}
	}
}

func TestCheckBody(t *testing.T) {
	for typed, want := range map[string]string{" a ": "a", "a\r\nb": "a\r\nb", "\n\n한\n": "한", "a\u202eb": "a\u202eb", "\x1b[1m": "\x1b[1m",
		strings.Repeat("가", 4000): strings.Repeat("가", 4000), strings.Repeat(" ", 100) + "x": "x"} {
		if got, err := CheckBody(typed); err != nil || got != want {
			t.Errorf("%.20q: %.20q, %v", typed, got, err)
		}
	}
	for bad, kind := range map[string]Kind{"": Invalid, " \n\t ": Invalid, "\u200b": Invalid, "\u3164": Invalid, "a\x00": Invalid,
		"a\xff": Invalid, strings.Repeat("가", 4001): TooLarge} {
		if _, err := CheckBody(bad); err == nil || KindOf(err) != kind {
			t.Errorf("%.20q: %v, want %s", bad, err, kind)
		}
	}
}

func TestSlugs(t *testing.T) {
	for _, good := range []string{"a", "0", "lobby", "a-b", "a--b", "a-", strings.Repeat("a", 64)} {
		if err := CheckSlug(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "-a", "A", "a b", "가", "a_b", "a/b", strings.Repeat("a", 65)} {
		if CheckSlug(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for name, want := range map[string]string{
		"The English Shelf": "the-english-shelf", "  A & B!  ": "a-b", "필사하는 밤": "", "새 방 2": "", "Ｆｕｌｌ": "full", "---": "",
		strings.Repeat("ab ", 40): strings.Repeat("ab-", 21) + "a",
	} {
		got := SlugFrom(name)
		if got != want {
			t.Errorf("from %q: %q, want %q", name, got, want)
		}
		if got != "" && CheckSlug(got) != nil {
			t.Errorf("from %q: %q is no slug", name, got)
		}
	}
}

func TestSeal(t *testing.T) {
	for display, want := range map[string]string{"민아": "민", "nora": "N", "(ops) bot": "O", "각나": "각", "😀": "😀", "3rd": "3", "ß": "ß"} {
		u := User{ID: 8, DisplayName: display}
		if u.Initial() != want {
			t.Errorf("%q: %q, want %q", display, u.Initial(), want)
		}
	}
	if got := (User{ID: 8, DisplayName: "민아"}).AvatarURL(); got != "/static/seal/3/%EB%AF%BC.svg" {
		t.Error(got)
	}
}

func TestPassword(t *testing.T) {
	phc := HashPassword("둘러앉아 이야기")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(phc)
	}
	if !VerifyPassword(phc, "둘러앉아 이야기") || VerifyPassword(phc, "둘러앉아 이야기 ") || VerifyPassword("", "") || VerifyPassword("x", "x") {
		t.Error("a password was taken wrongly")
	}
	if HashPassword("둘러앉아 이야기") == phc {
		t.Error("two hashes have one salt")
	}
}
