package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"maru/internal/chat"
)

//go:embed templates css core ui app embed i18n code
var files embed.FS

// Pages renders pages and holds the files that they load.
type Pages struct {
	source fs.FS
	dev    bool // read everything anew for each request

	mu  sync.Mutex
	set *set
}

// set is everything, read once.
type set struct {
	words     map[string]Words // by language
	templates *template.Template
	assets    map[string]*Asset // by path
	script    map[string]string // the path of the joined modules, by language
	style     string            // the path of the joined styles
	code      []Example         // what makes a site's tokens
	drawn     drawn
}

// New reads the pages that are built into the program.
func New() (*Pages, error) { return open(files, false) }

// NewDev reads the pages from a folder, anew for each request.
func NewDev(folder fs.FS) (*Pages, error) { return open(folder, true) }

func open(source fs.FS, dev bool) (*Pages, error) {
	p := &Pages{source: source, dev: dev}
	_, err := p.load()
	return p, err
}

// Dev reports whether pages change while the program runs.
func (p *Pages) Dev() bool { return p.dev }

func (p *Pages) load() (*set, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set != nil && !p.dev {
		return p.set, nil
	}
	s, err := read(p.source)
	if err != nil {
		return nil, err
	}
	p.set = s
	return s, nil
}

func read(source fs.FS) (*set, error) {
	s := &set{assets: map[string]*Asset{}, script: map[string]string{}}
	var err error
	if s.words, err = readWords(source); err != nil {
		return nil, err
	}
	if s.templates, err = template.New("").Funcs(functions).ParseFS(source, "templates/*.html"); err != nil {
		return nil, err
	}
	if s.code, err = readCode(source); err != nil {
		return nil, err
	}
	return s, s.addAssets(source)
}

// Render writes the page that a view is shown by.
func (p *Pages) Render(w io.Writer, v View) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	b := v.base()
	b.set, b.words, b.Style, b.Script = s, s.words[b.Lang], s.style, s.script[b.Lang]
	// A page that fails half way must not be sent half way.
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, v.template(), v); err != nil {
		return fmt.Errorf("rendering %s: %w", v.template(), err)
	}
	_, err = out.WriteTo(w)
	return err
}

// Text returns a sentence in a language, with its places filled.
func (p *Pages) Text(lang, key string, args ...any) string {
	s, err := p.load()
	if err != nil {
		return key
	}
	return s.words[lang].Text(key, args...)
}

// Refusal says why something was refused to somebody who filled in a form: a
// member of a request is called as the form calls it.
func (p *Pages) Refusal(lang string, e *chat.Error) string {
	args := slices.Clone(e.Args)
	if len(args) > 0 && (strings.HasPrefix(e.Reason, "text_") || e.Reason == "number_range") {
		key := fmt.Sprint("member.", args[0])
		if name := p.Text(lang, key); name != key {
			args[0] = name
		}
	}
	return p.Text(lang, "error."+e.Reason, args...)
}

// Asset returns a file that pages load, by its path.
func (p *Pages) Asset(path string) (*Asset, bool) {
	s, err := p.load()
	if err != nil {
		return nil, false
	}
	a, ok := s.assets[path]
	return a, ok
}
