package history

import (
	"path/filepath"
	"reflect"
	"testing"
)

func TestWrittenAndRead(t *testing.T) {
	log, err := Create(filepath.Join(t.TempDir(), "history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Record{
		{Kind: Run, Name: "short", ID: "7"},
		{Kind: Event, Client: "c001", Conn: 3, Via: Stream, Room: "r00", Name: "message", ID: "4.0a", Seq: 4, Ref: 4, Msg: "m", Ver: Deleted, Taken: true},
	}
	for i := range want {
		want[i].At = log.Add(want[i])
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Read(log.Path())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v was written, and %+v read: %v", want, got, err)
	}
	if want[0].At >= want[1].At {
		t.Error("time stands still")
	}
}

func TestSeqOf(t *testing.T) {
	for cursor, want := range map[string]int64{"": 0, "0": 0, "head": 0, "7": 7, "7.0a": 7, "123456789.7fffffff": 123456789} {
		if got := SeqOf(cursor); got != want {
			t.Errorf("%q has the number %d, not %d", cursor, got, want)
		}
	}
}
