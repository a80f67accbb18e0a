package gate

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"maru/internal/chat"
)

// A body is taken by its exact members, and a refusal says what is wrong first.
func TestDecodeObject(t *testing.T) {
	type keep struct {
		Days  int64  `json:"days"`
		Count *int64 `json:"count"`
	}
	type in struct {
		Body    string  `json:"body"`
		Nonce   *string `json:"nonce"`
		Members []int64 `json:"members"`
		Keep    *keep   `json:"keep"`
	}
	for text, want := range map[string]string{
		`{"body":"a"}`: "",
		"\r\n\t {\n\"body\" : \"}],\\\"\\\\\" , \"members\":[1, 2],\"keep\": { \"days\":1 } , \"nonce\":null } ": "",
		`{"b\u006fdy":"a"}`:                    "",
		`{"body":"a","body":"b"}`:              "",
		`{"body":null,"body":"b","keep":null}`: "",
		``:                                     "json_object []",
		`null`:                                 "json_object []",
		`[{"body":"a"}]`:                       "json_object []",
		`"{"`:                                  "json_object []",
		`{"body":"a"}}`:                        "json_object []",
		`{"body":"a",}`:                        "json_object []",
		`{"body":"a","x":1`:                    "json_object []",
		"{\"body\":\"\xff\"}":                  "json_utf8 []",
		`{"body":"\ud800"}`:                    "json_utf8 []",
		`{}`:                                   "missing_member [body]",
		`{"nonce":"a"}`:                        "missing_member [body]",
		`{"body":null}`:                        "missing_member [body]",
		`{"body": null }`:                      "missing_member [body]",
		`{"body":"a","body":null}`:             "missing_member [body]",
		`{"Body":"a"}`:                         "unknown_member [Body]",
		`{"body":"a","\u0042ody":1}`:           "unknown_member [Body]",
		`{"body":"a","":1}`:                    "unknown_member []",
		`{"body":1,"x":{"body":[]},"y":2}`:     "unknown_member [x]",
		`{"body":1}`:                           "wrong_type [body]",
		`{"nonce":1}`:                          "wrong_type [nonce]",
		`{"body":"a","members":[1,"2"]}`:       "wrong_type [members]",
		`{"body":"a","keep":{"days":"1"}}`:     "wrong_type [keep.days]",
		`{"body":"a","keep":{"count":1}}`:      "missing_member [days]",
		`{"body":"a","keep":{"days":1,"x":[{}]}}`:    "unknown_member [x]",
		`{"body":"a","keep":{"days":1,"count":1.5}}`: "wrong_type [keep.count]",
	} {
		var got string
		if refused, ok := errors.AsType[*chat.Error](decodeObject([]byte(text), reflect.TypeFor[in](), &in{})); ok {
			got = fmt.Sprint(refused.Reason, " ", refused.Args)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestLoneSurrogate(t *testing.T) {
	for text, want := range map[string]bool{
		``: false, `\`: false, `\u`: false, `\ud800`: true, `\udc00`: true, `\ud83d\ude00`: false, `\\ud800`: false, `\\\ud800`: true,
		`\ud83d x`: true, `\ud83d\n`: true, `\ud83d\ud83d\ude00`: true, `\u0041`: false, `\uDBFF\uDFFF`: false, `\uD800`: true,
	} {
		if got := loneSurrogate([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
