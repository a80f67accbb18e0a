package browser

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	at := findChrome()
	if at == "" {
		if os.Getenv("MARU_TESTS") == "all" {
			fmt.Println("FAIL: MARU_TESTS=all, and no Chromium was found")
			return 1
		}
		fmt.Println("SKIP: no Chromium was found, so nothing was tested; install one, or set MARU_CHROME to its path")
		return 0
	}
	dir, err := os.MkdirTemp("", "maru-browser-")
	if err != nil {
		fmt.Println("FAIL:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = buildProgram(dir); err != nil {
		fmt.Println("FAIL:", err)
		return 1
	}
	stop, err := startChrome(at)
	if err != nil {
		fmt.Println("FAIL:", err)
		return 1
	}
	defer stop()
	return m.Run()
}
