package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The house of ARCHITECTURE.md: a package imports only from floors below it,
// and neighbours on a floor do not know each other.
var floors = [][]string{
	{"internal/markup"},
	{"internal/chat"},
	{"internal/database"},
	{"internal/store", "internal/site", "internal/signal", "internal/inbox", "internal/upkeep"},
	{"internal/feed", "internal/search", "internal/gate", "internal/page"},
	{"internal/stream"},
	{"internal/door", "internal/live"},
	{"internal/api", "internal/front"},
	{"internal/web"},
	{"."},
}

// for tests alone, on top of what they help to test
var testOnly = []string{"internal/testdb"}

// The budgets, in lines. A file that outgrows its own is telling of a missing
// noun.
const (
	maxFile         = 400
	maxFunction     = 60
	maxPackage      = 2500
	maxArchitecture = 120
)

func floorOf(dir string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, dir) })
}

// sources returns the Go files of this module by their folders.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	dirs := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return filepath.SkipDir // another module
			}
		}
		if strings.HasSuffix(path, ".go") {
			dirs[filepath.Dir(path)] = append(dirs[filepath.Dir(path)], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func TestFloors(t *testing.T) {
	picture, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for dir, files := range sources(t) {
		floor := floorOf(dir)
		if floor < 0 && !slices.Contains(testOnly, dir) {
			t.Errorf("%s stands on no floor", dir)
			continue
		}
		if name := filepath.Base(dir); dir != "." && !strings.Contains(string(picture), name) {
			t.Errorf("ARCHITECTURE.md does not show %s", name)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			isTest := strings.HasSuffix(file, "_test.go")
			for _, spec := range parsed.Imports {
				imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "maru/")
				switch {
				case !ours:
					if imported == "database/sql" && dir != "internal/store" && dir != "internal/database" && !isTest {
						t.Errorf("%s reaches past the store", file)
					}
				case slices.Contains(testOnly, imported):
					if !isTest {
						t.Errorf("%s imports %s, which is for tests", file, imported)
					}
				case isTest || floor < 0:
				case floorOf(imported) >= floor:
					t.Errorf("%s imports %s, which is not below it", file, imported)
				}
			}
		}
	}
}

func TestBudgets(t *testing.T) {
	for dir, files := range sources(t) {
		total := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			lines := lines(t, file)
			if lines > maxFile {
				t.Errorf("%s has %d lines, the budget is %d", file, lines, maxFile)
			}
			total += lines
			longFunctions(t, file)
		}
		if total > maxPackage {
			t.Errorf("%s has %d lines, the budget is %d", dir, total, maxPackage)
		}
	}
	scripts, err := filepath.Glob("internal/page/*/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, file := range scripts {
		if n := lines(t, file); n > maxFile {
			t.Errorf("%s has %d lines, the budget is %d", file, n, maxFile)
		}
	}
	if n := lines(t, "ARCHITECTURE.md"); n > maxArchitecture {
		t.Errorf("ARCHITECTURE.md has %d lines, the budget is %d", n, maxArchitecture)
	}
}

func lines(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

func longFunctions(t *testing.T, file string) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			if n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines, the budget is %d", file, fn.Name.Name, n, maxFunction)
			}
		}
	}
}
