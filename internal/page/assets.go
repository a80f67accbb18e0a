package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Asset is a file that pages load. Where its path is made from its content, it can
// be kept for ever.
type Asset struct {
	Type string // Content-Type
	Tag  string // made from its content
	Body []byte
	Gzip []byte
}

// The styles in the order in which they build on each other.
var styles = []string{"css/tokens.css", "css/base.css", "css/room.css", "css/compact.css", "css/app.css", "css/search.css", "css/media.css"}

// entry is the module that imports all others.
const entry = "app/main.js"

const (
	cssType = "text/css; charset=utf-8"
	jsType  = "text/javascript; charset=utf-8"
)

func (s *set) addAssets(source fs.FS) error {
	css, err := joinStyles(source, styles)
	if err != nil {
		return err
	}
	if s.style, err = s.add("/static/style", ".css", cssType, []byte(css)); err != nil {
		return err
	}
	for lang, words := range s.words {
		js, err := join(source, entry, words)
		if err != nil {
			return err
		}
		if s.script[lang], err = s.addScript("/static/app."+lang, js); err != nil {
			return err
		}
	}
	return s.addEmbed(source)
}

func joinStyles(source fs.FS, names []string) (string, error) {
	var joined strings.Builder
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return "", err
		}
		joined.Write(text)
	}
	return minified(cssType, joined.String())
}

// add keeps a file under a path made from its content and returns that.
func (s *set) add(begin, ext, kind string, body []byte) (string, error) {
	tag := tagOf(body)
	at := begin + "." + tag + ext
	return at, s.addAt(at, kind, body)
}

// addScript keeps a script so, without what is there for its readers. In a block
// its names are seen by nothing else, and may be short.
func (s *set) addScript(begin, script string) (string, error) {
	short, err := minified(jsType, "{"+script+"}")
	if err != nil {
		return "", err
	}
	return s.add(begin, ".js", jsType, []byte(short))
}

func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:6])
}

// addAt keeps a file under a path.
func (s *set) addAt(at, kind string, body []byte) error {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(body); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	s.assets[at] = &Asset{Type: kind, Tag: tagOf(body), Body: body, Gzip: packed.Bytes()}
	return nil
}

var (
	importLine = regexp.MustCompile(`^import \{[\w, ]+\} from '(\.[./\w]+\.js)';$`)
	exportWord = regexp.MustCompile(`^export (async function|function|const|class) (\w+)`)
	topName    = regexp.MustCompile(`^(?:async function|function|const|let|class) (\w+)`)
	askedWord  = regexp.MustCompile(`\bt\('([\w.]+)'([,)])`)
	unknownAsk = regexp.MustCompile(`[^\w.]t\([^']`)
)

// Some modules exist only joined: they are made of other files.
const (
	sheetModule = "css/sheet.js"
	partsModule = "embed/parts.js"
)

// joiner puts modules behind one another, each after those it imports.
type joiner struct {
	source fs.FS
	out    strings.Builder
	done   map[string]bool
	names  map[string]string // a name at the top of a module → the module
}

// join makes one script of the modules that entry imports, with the sentences of a
// language in the place of their keys. It exports nothing. It knows one form of
// import and export, which is all that the modules use; anything else is an error.
func join(source fs.FS, entry string, words Words) (string, error) {
	j := &joiner{
		source: source, done: map[string]bool{sheetModule: true, partsModule: true},
		names: map[string]string{},
	}
	if err := j.add(entry); err != nil {
		return "", err
	}
	var missing error
	script := askedWord.ReplaceAllStringFunc(j.out.String(), func(call string) string {
		m := askedWord.FindStringSubmatch(call)
		sentence, ok := words[m[1]]
		if !ok {
			missing = fmt.Errorf("the modules ask for a sentence %q that there is not", m[1])
		}
		if m[2] == ")" {
			return literal(sentence)
		}
		return "t(" + literal(sentence) + m[2]
	})
	return script, missing
}

// constant declares a value in a script.
func constant(name string, value any) string { return "const " + name + "=" + literal(value) + ";\n" }

// literal writes a value as scripts do.
func literal(value any) string {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // a value of ours that JSON can't hold
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func (j *joiner) add(name string) error {
	if j.done[name] {
		return nil
	}
	j.done[name] = true
	text, err := fs.ReadFile(j.source, name)
	if err != nil {
		return err
	}
	var body strings.Builder
	for n, line := range strings.Split(string(text), "\n") {
		fault := func(what string) error { return fmt.Errorf("%s:%d: %s: %s", name, n+1, what, line) }
		if m := importLine.FindStringSubmatch(line); m != nil {
			if err := j.add(path.Join(path.Dir(name), m[1])); err != nil {
				return err
			}
			continue
		}
		switch {
		case strings.HasPrefix(line, "import"):
			return fault("an import must stand on one line and name what it takes")
		case exportWord.MatchString(line):
			line = strings.TrimPrefix(line, "export ")
		case strings.HasPrefix(line, "export"):
			return fault("an export must stand before a function, a const or a class")
		case unknownAsk.MatchString(line):
			return fault("a sentence must be asked for by its key as it stands")
		}
		if m := topName.FindStringSubmatch(line); m != nil {
			if other, taken := j.names[m[1]]; taken {
				return fault("the name is taken by " + other)
			}
			j.names[m[1]] = name
		}
		body.WriteString(line + "\n")
	}
	j.out.WriteString(body.String())
	return nil
}
