package nathelper

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// words are the names of flags, the first is bit 0: scripts before OpenSIPS 3.2 write the
// sum of the bits.
type words []string

// flags is a list of words, or a number.
func flags(name string, w words, doc string) script.Param[uint] {
	doc += ": " + strings.Join(w, ", ") + "; or the sum of 1, 2, 4 ... for them"
	return script.Parsed(name, doc, w.parse, func(c *script.Ctx, b []byte) (uint, bool) {
		set, err := w.parse(string(b))
		if err != nil {
			c.LogError("nathelper: %s: %v", name, err)
		}
		return set, err == nil
	})
}

func (w words) parse(text string) (set uint, err error) {
	if n, err := strconv.ParseUint(text, w.base(text), 32); err == nil {
		if bits.Len64(n) > len(w) {
			return 0, fmt.Errorf("%s has more than the %d flags there are", text, len(w))
		}
		return uint(n), nil
	}
	for word := range strings.SplitSeq(text, ",") {
		bit, ok := w.bit(strings.TrimSpace(word))
		if !ok {
			return 0, &script.Refusal{Msg: fmt.Sprintf("there is no flag %q", strings.TrimSpace(word)), Hint: "there are " + strings.Join(w, ", ")}
		}
		set |= bit
	}
	return set, nil
}

// base is 16 for 0x10, which is how OpenSIPS's documentation writes some of them.
func (w words) base(text string) int {
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0X") {
		return 0
	}
	return 10
}

func (w words) bit(word string) (uint, bool) {
	for i, name := range w {
		if strings.EqualFold(word, name) {
			return 1 << i, true
		}
	}
	return 0, word == ""
}
