package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"maru/internal/web"
)

// document is the project's OpenAPI document.
var document = func() map[string]any {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		panic(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		panic(err)
	}
	return doc
}()

func paths() map[string]any { return document["paths"].(map[string]any) }

// Every route of the interface is in the document with its own need for
// credentials, and nothing else is.
func TestDocumentHasEveryRoute(t *testing.T) {
	var documented, routed []string
	for path, item := range paths() {
		for method, op := range item.(map[string]any) {
			_, open := op.(map[string]any)["security"]
			documented = append(documented, fmt.Sprint(strings.ToUpper(method), " ", path, " open=", open))
		}
	}
	for _, r := range web.Routes() {
		if strings.HasPrefix(r.Path, "/api/") || r.Path == "/healthz" || r.Path == "/readyz" || r.Path == "/metrics" || r.Path == "/openapi.json" {
			routed = append(routed, fmt.Sprint(r.Method, " ", r.Path, " open=", r.Open))
		}
	}
	slices.Sort(documented)
	slices.Sort(routed)
	if !slices.Equal(documented, routed) {
		t.Errorf("documented:\n%s\nrouted:\n%s", strings.Join(documented, "\n"), strings.Join(routed, "\n"))
	}
}

// checkAnswer fails the test where an answer is not what the document says.
func checkAnswer(t *testing.T, r *http.Request, res *http.Response, text []byte) {
	t.Helper()
	where := fmt.Sprintf("%s %s: %d", r.Method, r.URL.Path, res.StatusCode)
	op := operation(r)
	if op == nil {
		if res.StatusCode != 404 && res.StatusCode != 405 {
			t.Errorf("%s: the document does not know it", where)
		}
		return
	}
	responses := op["responses"].(map[string]any)
	response, ok := responses[fmt.Sprint(res.StatusCode)].(map[string]any)
	if !ok && res.StatusCode >= 400 {
		response, ok = responses["default"].(map[string]any)
	}
	if !ok {
		t.Errorf("%s: the document does not name this status", where)
		return
	}
	content, ok := response["content"].(map[string]any)
	if !ok {
		if len(text) > 0 {
			t.Errorf("%s: the document says nothing is answered: %s", where, text)
		}
		return
	}
	kind := res.Header.Get("Content-Type")
	media, ok := content[kind].(map[string]any)
	if !ok {
		t.Errorf("%s: the document does not name the type %s", where, kind)
		return
	}
	if kind == "text/event-stream" {
		return
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Errorf("%s: %v: %s", where, err, text)
		return
	}
	if err := fits(v, media["schema"].(map[string]any)); err != nil {
		t.Errorf("%s: %v: %s", where, err, text)
	}
}

// operation finds what the document says of a request.
func operation(r *http.Request) map[string]any {
	asked := strings.Split(r.URL.Path, "/")
	for path, item := range paths() {
		parts := strings.Split(path, "/")
		if !slices.EqualFunc(parts, asked, func(part, got string) bool { return part == got || strings.HasPrefix(part, "{") }) {
			continue
		}
		op, _ := item.(map[string]any)[strings.ToLower(r.Method)].(map[string]any)
		return op
	}
	return nil
}

// fits checks a value against the part of JSON Schema that the document uses.
// A word of a schema that it does not know is an error, so that none is idle.
func fits(v any, schema map[string]any) error {
	for word, want := range schema {
		if err := fitsWord(v, word, want, schema); err != nil {
			return err
		}
	}
	return nil
}

func fitsWord(v any, word string, want any, schema map[string]any) error {
	switch word {
	case "description", "required", "format", "default":
		return nil
	case "$ref":
		name := strings.TrimPrefix(want.(string), "#/components/schemas/")
		part := document["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any)
		return fits(v, part)
	case "type":
		return fitsType(v, want.(string))
	case "properties":
		return fitsMembers(v, want.(map[string]any), schema)
	case "additionalProperties":
		for name := range asObject(v) {
			if _, ok := schema["properties"].(map[string]any)[name]; !ok {
				return fmt.Errorf("an unknown member %s", name)
			}
		}
		return nil
	case "items":
		list, _ := v.([]any)
		for i, one := range list {
			if err := fits(one, want.(map[string]any)); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
	return fitsValue(v, word, want)
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func fitsType(v any, want string) error {
	ok := false
	switch want {
	case "object":
		_, ok = v.(map[string]any)
	case "array":
		_, ok = v.([]any)
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "integer":
		n, isNumber := v.(float64)
		ok = isNumber && n == float64(int64(n))
	}
	if !ok {
		return fmt.Errorf("%v is no %s", v, want)
	}
	return nil
}

func fitsMembers(v any, properties, schema map[string]any) error {
	members := asObject(v)
	if required, ok := schema["required"].([]any); ok {
		for _, name := range required {
			if _, ok := members[name.(string)]; !ok {
				return fmt.Errorf("the member %s is missing", name)
			}
		}
	}
	for name, part := range properties {
		if value, ok := members[name]; ok {
			if err := fits(value, part.(map[string]any)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func fitsValue(v any, word string, want any) error {
	ok := false
	switch word {
	case "enum":
		ok = slices.Contains(want.([]any), v)
	case "pattern":
		ok = regexp.MustCompile(want.(string)).MatchString(v.(string))
	case "minimum":
		ok = v.(float64) >= want.(float64)
	case "maximum":
		ok = v.(float64) <= want.(float64)
	case "minLength":
		ok = utf8.RuneCountInString(v.(string)) >= int(want.(float64))
	case "maxLength":
		ok = utf8.RuneCountInString(v.(string)) <= int(want.(float64))
	case "minItems":
		ok = len(v.([]any)) >= int(want.(float64))
	case "maxItems":
		ok = len(v.([]any)) <= int(want.(float64))
	}
	if !ok {
		return fmt.Errorf("%v does not fit %s %v", v, word, want)
	}
	return nil
}
