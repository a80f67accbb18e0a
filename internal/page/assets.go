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
var styles = []string{"css/tokens.css", "css/base.css", "css/room.css", "css/compact.css", "css/app.css", "css/search.css"}

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
	if s.style, err = s.add("/static/style", ".css", cssType, css); err != nil {
		return err
	}
	for lang, words := range s.words {
		js, err := join(source, entry, words, nil)
		if err != nil {
			return err
		}
		if s.script[lang], err = s.add("/static/app."+lang, ".js", jsType, js); err != nil {
			return err
		}
	}
	return s.addEmbed(source)
}

func joinStyles(source fs.FS, names []string) ([]byte, error) {
	var css bytes.Buffer
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, err
		}
		css.WriteString(stripBlocks(string(text)))
	}
	return css.Bytes(), nil
}

// add keeps a file under a path made from its content and returns that.
func (s *set) add(begin, ext, kind string, body []byte) (string, error) {
	tag := tagOf(body)
	at := begin + "." + tag + ext
	return at, s.addAt(at, kind, body)
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
	askedWord  = regexp.MustCompile(`\bt\('([\w.]+)'`)
	unknownAsk = regexp.MustCompile(`[^\w.]t\([^']`)
)

// Two modules exist only joined: the words of a language, whose table is the
// sentences that the other modules ask for, and the text of a style sheet.
const (
	wordsModule = "i18n/words.js"
	sheetModule = "css/sheet.js"
)

// joiner puts modules behind one another, each after those it imports.
type joiner struct {
	source fs.FS
	out    strings.Builder
	done   map[string]bool
	names  map[string]string // a name at the top of a module → the module
	asked  map[string]bool   // the keys of the words that the modules ask for
}

// join makes one file of the modules that entry imports, with the text of the
// style sheet that they ask for. It knows one form of import and export, which is
// all that the modules use; anything else is an error.
func join(source fs.FS, entry string, words Words, sheet []byte) ([]byte, error) {
	j := &joiner{
		source: source, done: map[string]bool{wordsModule: true, sheetModule: true},
		names: map[string]string{}, asked: map[string]bool{},
	}
	if err := j.add(entry); err != nil {
		return nil, err
	}
	table := map[string]string{}
	for key := range j.asked {
		sentence, ok := words[key]
		if !ok {
			return nil, fmt.Errorf("the modules ask for a sentence %q that there is not", key)
		}
		table[key] = sentence
	}
	text, err := json.Marshal(table)
	if err != nil {
		return nil, err
	}
	head := "const words = " + string(text) + ";\n"
	if sheet != nil {
		style, err := json.Marshal(string(sheet))
		if err != nil {
			return nil, err
		}
		head += "const sheet = " + string(style) + ";\n"
	}
	return []byte(head + j.out.String()), nil
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
	for n, line := range strings.Split(stripBlocks(string(text)), "\n") {
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
		if strings.HasPrefix(strings.TrimSpace(line), "//") || strings.TrimSpace(line) == "" {
			continue
		}
		for _, m := range askedWord.FindAllStringSubmatch(line, -1) {
			j.asked[m[1]] = true
		}
		body.WriteString(strings.TrimSpace(line))
		body.WriteByte('\n')
	}
	j.out.WriteString(body.String())
	return nil
}

// stripBlocks takes out the comments that begin a line, keeping the count of
// lines, and what follows a comment on its line.
func stripBlocks(text string) string {
	var out []string
	inside := false
	for _, line := range strings.Split(text, "\n") {
		if inside || strings.HasPrefix(strings.TrimSpace(line), "/*") {
			_, rest, ends := strings.Cut(line, "*/")
			inside = !ends
			line = strings.TrimLeft(rest, " ")
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
