package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	backendMade = regexp.MustCompile(`\.Backend\(("\w*"|\w+), `)
	wordsCell   = regexp.MustCompile("`(\\w+)`")
)

// Whatever async:list may call an operation stands in the tables of docs/async.md (what its functions give when it fails) and of
// docs/management.md (what its backends are), and neither has words that nothing is called by.
func TestOperationsAreDocumented(t *testing.T) {
	made := operationWords(t)
	if len(made) < 10 {
		t.Fatalf("found %d kinds of operations only: %v", len(made), made)
	}
	for _, doc := range []string{"async.md", "management.md"} {
		told := documentedWords(t, "../../docs/"+doc)
		for word, file := range made {
			if !told[word] {
				t.Errorf("docs/%s does not tell of the operation %q of %s", doc, word, file)
			}
		}
		for word := range told {
			if made[word] == "" {
				t.Errorf("docs/%s tells of an operation %q, which nothing is called by", doc, word)
			}
		}
	}
}

// operationWords finds the words that the sources give to asyncops.Set.Backend, and where.
func operationWords(t *testing.T) map[string]string {
	t.Helper()
	words := map[string]string{}
	for _, dir := range []string{"asyncops", "modules", "proxy", "event", "cachedb", "script"} {
		err := filepath.WalkDir("../../"+dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range backendMade.FindAllSubmatch(text, -1) {
				if word := string(m[1]); word[0] == '"' {
					words[strings.Trim(word, `"`)] = strings.TrimPrefix(path, "../../")
				} else {
					t.Errorf("%s: the operation's word is %s: write it down, so that it can be documented", path, word)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return words
}

// documentedWords reads the first column of the table that begins with "operation".
func documentedWords(t *testing.T, file string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n| operation |")
	if !ok {
		t.Fatalf("%s has no table of operations", file)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	words := map[string]bool{}
	for _, row := range strings.Split(table, "\n")[2:] {
		first, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		for _, m := range wordsCell.FindAllStringSubmatch(first, -1) {
			words[m[1]] = true
		}
	}
	return words
}
