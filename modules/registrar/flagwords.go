package registrar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// Flags of save() and lookup() are words with commas, as in OpenSIPS 4:
// "memory-only, max-contacts=5". Earlier versions have a letter for each, without commas
// between them: "mc5". A string whose every item is a known word is read as words, any
// other one as letters.

// A flagWord is one flag: its name, and the letter that it was.
type flagWord struct {
	name   string
	letter byte
	takes  taking
}

// taking says what follows a flag: after the "=" of a word, behind the letter.
type taking uint8

const (
	nothing  taking = iota
	number          // digits; none are 0
	matching        // 0, 1 or <parameter>
	pattern         // /regular expression/
)

// A flagSet reads one function's flags into a T.
type flagSet[T any] struct {
	words []flagWord
	// set notes a flag: word is its place in words, n its number, text what else it takes.
	set func(t *T, word int, n int, text string) error
}

// parse reads flags in either form into t.
func (f *flagSet[T]) parse(t *T, flags string) error {
	items := splitFlags(flags)
	if slices.ContainsFunc(items, func(s string) bool { return f.word(s) < 0 }) {
		return f.letters(t, flags)
	}
	for _, s := range items {
		if err := f.take(t, s); err != nil {
			return err
		}
	}
	return nil
}

// splitFlags cuts at the commas that are not within a pattern.
func splitFlags(s string) (items []string) {
	quoted, from := false, 0
	add := func(item string) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	for i := range len(s) {
		switch {
		case s[i] == '/':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			add(s[from:i])
			from = i + 1
		}
	}
	add(s[from:])
	return items
}

func (f *flagSet[T]) word(item string) int {
	name, _, _ := strings.Cut(item, "=")
	return slices.IndexFunc(f.words, func(w flagWord) bool { return w.name == strings.TrimSpace(name) })
}

// take reads one item that is a known word.
func (f *flagSet[T]) take(t *T, item string) error {
	i := f.word(item)
	_, value, has := strings.Cut(item, "=")
	value = strings.TrimSpace(value)
	w := &f.words[i]
	if has != (w.takes != nothing) {
		if has {
			return &script.Refusal{Msg: w.name + " takes no value", Hint: "write " + w.name}
		}
		return &script.Refusal{Msg: w.name + " needs a value", Hint: "write " + w.name + "=" + w.example()}
	}
	n := 0
	if w.takes == number {
		var err error
		if n, err = strconv.Atoi(value); err != nil || n < 0 || n > maxFlagNumber {
			return &script.Refusal{Msg: fmt.Sprintf("%q is no number", value), Hint: "write " + w.name + "=" + w.example()}
		}
	}
	return f.set(t, i, n, value)
}

// maxFlagNumber bounds what a flag gives: seconds, contacts or microseconds.
const maxFlagNumber = 1<<31 - 1

func (w *flagWord) example() string {
	return [...]string{number: "60", matching: "<rinstance>", pattern: "/phone/"}[w.takes]
}

// letters reads the form of earlier versions.
func (f *flagSet[T]) letters(t *T, s string) error {
	for len(s) > 0 {
		c := s[0]
		if s = s[1:]; c == ' ' || c == ',' {
			continue
		}
		i := slices.IndexFunc(f.words, func(w flagWord) bool { return c != 0 && w.letter == c })
		if i < 0 {
			return f.unknown(c, string(c)+s)
		}
		n, text, rest, err := f.words[i].value(s)
		if err != nil {
			return err
		}
		if err := f.set(t, i, n, text); err != nil {
			return err
		}
		s = rest
	}
	return nil
}

// value takes what follows a letter.
func (w *flagWord) value(s string) (n int, text, rest string, err error) {
	switch w.takes {
	case number:
		end := 0
		for end < len(s) && s[end]-'0' <= 9 {
			end++
		}
		if n, err = strconv.Atoi("0" + s[:end]); err != nil || n > maxFlagNumber {
			return 0, "", s, fmt.Errorf("%q is too large a number", s[:end])
		}
		return n, s[:end], s[end:], nil
	case matching:
		if end := strings.IndexByte(s, '>'); len(s) > 0 && s[0] == '<' && end > 1 {
			return 0, s[:end+1], s[end+1:], nil
		} else if len(s) > 0 && (s[0] == '0' || s[0] == '1') {
			return 0, s[:1], s[1:], nil
		}
		return 0, "", s, &script.Refusal{Msg: "M needs 0, 1 or the name of a URI parameter", Hint: "write " + w.name + "=<rinstance>"}
	case pattern:
		if len(s) > 1 && s[0] == '/' {
			if end := strings.IndexByte(s[1:], '/'); end > 0 {
				return 0, s[:end+2], s[end+2:], nil
			}
		}
		return 0, "", s, &script.Refusal{Msg: "u needs a regular expression between slashes", Hint: "write " + w.name + "=/phone/"}
	}
	return 0, "", s, nil
}

// unknown says what is wrong with a string that is neither words nor letters.
func (f *flagSet[T]) unknown(c byte, rest string) error {
	var names []string
	for _, w := range f.words {
		names = append(names, w.name)
	}
	item, _, _ := strings.Cut(rest, ",")
	return &script.Refusal{Msg: fmt.Sprintf("%q in %q is no flag", c, strings.TrimSpace(item)), Hint: "there are " + strings.Join(names, ", ")}
}
