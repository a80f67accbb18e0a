package chat

import (
	"testing"
)

func TestParsePosition(t *testing.T) {
	for text, want := range map[string]Position{
		"": {}, "head": {From: FromHead}, "0": {From: FromFloor},
		"7":                {FromSeq, Cursor{Seq: 7}},
		"1042.7c1e90":      {FromCursor, Cursor{1042, 0x7c1e90}},
		"88.0a11c2":        {FromCursor, Cursor{88, 0x0a11c2}},
		"5.00000000":       {FromCursor, Cursor{5, 0}},
		"9007199254740991": {FromSeq, Cursor{Seq: MaxID}},
	} {
		if got, err := ParsePosition(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{"-1", "+1", "01", "1.", ".1", "1.x", "1.2.3", "1.7C1E90", "1.80000000", "1.000000001", "0.5",
		"00", "Head", " 1", "1 ", "9007199254740992", "1e3", "0x1", "１", "1.-1", "1.+1", "1._1"} {
		if got, err := ParsePosition(bad); err == nil || KindOf(err) != Invalid {
			t.Errorf("%q was taken as %+v", bad, got)
		}
	}
}

// What is written as a cursor is read as the same cursor, and nothing makes the
// reader fail other than by refusing.
func FuzzParsePosition(f *testing.F) {
	for _, seed := range []string{"", "0", "head", "7", "1042.7c1e90", "1.", "9007199254740991.7fffffff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pos, err := ParsePosition(text)
		if err != nil {
			if KindOf(err) != Invalid {
				t.Fatal(err)
			}
			return
		}
		if pos.From != FromCursor {
			return
		}
		again, err := ParsePosition(pos.Cursor.String())
		if err != nil || again != pos {
			t.Fatalf("%q is %+v, written %s, read %+v: %v", text, pos, pos.Cursor, again, err)
		}
	})
}
