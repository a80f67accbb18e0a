package page

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"maru/internal/chat"
)

func TestLanguage(t *testing.T) {
	for _, test := range []struct{ chosen, accept, want string }{
		{"", "", "en"}, {"ko", "en", "ko"}, {"en", "ko", "en"}, {"xx", "ko", "ko"}, {"", "ko-KR", "ko"}, {"", "fr, ko;q=0.3", "ko"},
		{"", "not a header;;;", "en"}, {"", strings.Repeat("ko,", 5000), "ko"},
	} {
		if got := Language(test.chosen, test.accept); got != test.want {
			t.Errorf("%q, %.20q: %s, want %s", test.chosen, test.accept, got, test.want)
		}
	}
}

func TestClock(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	seoul, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 13, 0, 0, 0, seoul)
	at := func(y int, m time.Month, d, hour, minute int) chat.Time {
		return chat.At(time.Date(y, m, d, hour, minute, 0, 0, seoul))
	}
	for _, test := range []struct {
		at                                         chat.Time
		clock, day, short, koClock, koDay, koShort string
	}{
		{at(2026, 11, 22, 0, 5), "12:05 AM", "Sunday, November 22", "12:05 AM", "오전 12:05", "11월 22일 일요일", "오전 12:05"},
		{at(2026, 11, 22, 12, 0), "12:00 PM", "Sunday, November 22", "12:00 PM", "오후 12:00", "11월 22일 일요일", "오후 12:00"},
		{at(2026, 11, 21, 23, 59), "11:59 PM", "Saturday, November 21", "Yesterday", "오후 11:59", "11월 21일 토요일", "어제"},
		{at(2026, 1, 1, 9, 30), "9:30 AM", "Thursday, January 1", "Jan 1", "오전 9:30", "1월 1일 목요일", "1월 1일"},
		{at(2025, 12, 31, 15, 4), "3:04 PM", "Wednesday, December 31, 2025", "Dec 31", "오후 3:04", "2025년 12월 31일 수요일", "12월 31일"},
	} {
		en, ko := p.Clock("en", seoul, now), p.Clock("ko", seoul, now)
		for _, pair := range [][2]string{
			{en.Time(test.at), test.clock}, {en.Day(test.at), test.day}, {en.Short(test.at), test.short},
			{ko.Time(test.at), test.koClock}, {ko.Day(test.at), test.koDay}, {ko.Short(test.at), test.koShort},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %q, want %q", test.at, pair[0], pair[1])
			}
		}
	}
}

func TestRows(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	day := chat.At(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	const minute = 60_000
	say := func(seq, author int64, at chat.Time) *chat.Message {
		return &chat.Message{Seq: seq, Author: chat.User{ID: author}, At: at, Body: "x"}
	}
	rows := Rows([]*chat.Message{
		say(1, 7, day), say(2, 7, day+minute), say(3, 8, day+2*minute), say(4, 8, day+8*minute), say(5, 9, day+9*minute), say(6, 9, day+10*minute),
		say(7, 9, day+24*60*minute),
	}, nil, 9, 3, p.Clock("en", time.UTC, day.Time()))
	var got []string
	for _, r := range rows {
		word := ""
		for _, flag := range []struct {
			on   bool
			sign string
		}{{r.Day != "", "D"}, {r.Unread, "U"}, {r.First, "F"}, {r.Last, "L"}, {r.Mine, "M"}} {
			if flag.on {
				word += flag.sign
			}
		}
		got = append(got, word)
	}
	if text := strings.Join(got, " "); text != "DF L FL UFL FM LM DFLM" {
		t.Error(text)
	}
}

// The joiner takes one form of import and export, and refuses the rest with the
// file and the line.
func TestJoin(t *testing.T) {
	words := Words{"a.b": "한 마디", "a.c": "안녕 {0}", "unused": "x"}
	module := func(main string, others ...string) fstest.MapFS {
		m := fstest.MapFS{entry: {Data: []byte(main)}}
		for i := 0; i+1 < len(others); i += 2 {
			m[others[i]] = &fstest.MapFile{Data: []byte(others[i+1])}
		}
		return m
	}
	js, err := join(module("import { two } from '../core/two.js';\nimport { t } from '../i18n/t.js';\n/** A comment. */\ntwo(t('a.b'), t('a.c', 1));\n",
		"core/two.js", "// why\nimport { t } from '../i18n/t.js';\nexport function two(x) {\n  return x; // kept\n}\n",
		"i18n/t.js", "export function t(key) {\n  return key;\n}\n"), entry, words)
	if err != nil {
		t.Fatal(err)
	}
	js, err = minified(jsType, js)
	want := `function t(e){return e}function two(e){return e}two("한 마디",t("안녕 {0}",1))`
	if err != nil || js != want {
		t.Errorf("%s\nwant\n%s\n%v", js, want, err)
	}
	for text, says := range map[string]string{
		"import x from './x.js';":                         "main.js:1: an import must stand on one line",
		"import {\n  x,\n} from './x.js';":                "main.js:1: an import must stand on one line",
		"\nexport default 5;":                             "main.js:2: an export must stand before",
		"const a = 1;\nconst a = 2;":                      "main.js:2: the name is taken by app/main.js",
		"import { x } from './nowhere.js';":               "nowhere.js",
		"t('no.such');":                                   "no.such",
		"import { a } from '../core/two.js';\nlet a = 1;": "main.js:2: the name is taken by core/two.js",
	} {
		_, err := join(module(text, "core/two.js", "export const a = 1;\n"), entry, words)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

// What a browser loads for a room stays small.
func TestBudget(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for path, asset := range p.set.assets {
		most := 28 << 10
		switch {
		case path == EmbedScript:
			most = 3 << 9 // each page of each site loads it
		case strings.HasPrefix(path, "/embed/"):
			most = 25<<10 - len(p.set.assets[EmbedScript].Gzip)
		}
		if len(asset.Gzip) > most {
			t.Errorf("%s has %d bytes packed, the budget is %d", path, len(asset.Gzip), most)
		}
	}
}
