package chat

import (
	"strings"
	"testing"
)

// What is typed finds what it is the beginning or a part of, in the order of how
// well it fits.
func TestSought(t *testing.T) {
	for _, test := range []struct {
		typed string
		names string // display names; the order in which they are found, | before those who are not
	}{
		{"", "mina bora |"},
		{"mi", "mi mina MINO ko-mi kimi | bora"},
		{"MI", "mi mina MINO kimi | bora"},
		{"é", "Élodie rené | elodie"},
		{"ｍｉ", "mina |"},
		{"strasse", "Straße |"},
		{"한", "한 한글 하늘 대한 | 환 글"},
		{"한글", "한글 한글날 한그릇 새_한글 우리한글 | 한"},
		{"ㅎ", "하 한글 박_하늘 대한 | 글 민아"},
		{"ㅎㄱ", "한글 호기심 새_한국 대한국 | 한 글한 학 하늘가 대한_국"},
		{"ㅎ글", "한글 흙글 한그루 큰_한글 큰한글 | 한가 글 ㅎ"},
		{"한ㄱ", "한글 한국 | 한 하ㄱ 환국"},
		{"ㅁㅇ", "민아 | 미나 ㅁ"},
		// As a syllable grows under an input method, what it leads to stays found.
		{"ㄱ", "값 과자 | 나"},
		{"고", "고래 과자 곧 | 거"},
		{"과", "과 과자 관악 | 고아 고래"},
		{"미", "미 미나 민아 | 마"},
		{"민", "민 민아 미나 | 미라 밍"},
		{"미나", "미나 미나리 미낙 | 민아"},
		{"민아", "민아 | 미나"},
		{"값", "값 갑사 | 가방 갑"},
		{"한그", "한그루 한글 | 한가"},
		{"하구", "하구 하국 | 한국 학우"},
		{"ㄱㅅ", "감사 |"},
		{"ㄳ", "감사 |"},
		{"ㅄ", "박수 | 밥"},
		{"ㅎㅎ", "ㅎㅎ 하하 허허_선생 | 하"},
		{"ㅏ", "| 아 한글"},
		{"글", "글 글방 새_글 한글 |"},
		{"%", "| mina 100"},
		{"_", "| mina"},
	} {
		sought, err := NewSought(test.typed)
		if err != nil {
			t.Fatal(test.typed, err)
		}
		fits, others, _ := strings.Cut(test.names, "|")
		want := strings.Fields(fits)
		all := append(strings.Fields(others), want...)
		var users []User
		for _, name := range all {
			users = append(users, User{Name: "x", DisplayName: strings.ReplaceAll(name, "_", " ")})
		}
		var got []string
		for _, u := range sought.Best(users, 100) {
			name := strings.ReplaceAll(u.DisplayName, " ", "_")
			got = append(got, name)
			if key := SearchKey(u.Name, u.DisplayName); !strings.Contains(key, sought.Key()) {
				t.Errorf("%q finds %q, and %q is not in %q", test.typed, u.DisplayName, sought.Key(), key)
			}
		}
		if test.typed != "" && strings.Join(got, " ") != strings.Join(want, " ") || test.typed == "" && len(got) != len(all) {
			t.Errorf("%q finds %v, want %v", test.typed, got, want)
		}
	}
}
