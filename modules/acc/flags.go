package acc

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// A mask says what is accounted to which back ends: four bits of each.
type mask uint16

// The back ends, by the first of their bits.
const (
	toLog mask = 1 << (4 * iota)
	toDB
	toEvents
	everywhere = toLog | toDB | toEvents
)

// The bits.
const (
	accounted mask = 1 << iota
	withCDR
	withMissed
	withFailed
	allBits = accounted | withCDR | withMissed | withFailed
)

// has reports whether a bit is set of one back end, any whether of any.
func (m mask) has(backend, bit mask) bool { return m&(backend*bit) != 0 }
func (m mask) any(bit mask) bool          { return m.has(everywhere, bit) }

var (
	types = map[string]mask{"log": toLog, "db": toDB, "evi": toEvents}
	flags = map[string]mask{"cdr": withCDR, "missed": withMissed, "failed": withFailed}
)

// noAAA is what is said of RADIUS and Diameter.
const noAAA = "there is no RADIUS or Diameter client here"

// parse reads a list such as "log|db", in any case.
func parse(text string, words map[string]mask) (m mask, err error) {
	for word := range strings.SplitSeq(text, "|") {
		word = strings.ToLower(strings.TrimSpace(word))
		bit, known := words[word]
		switch {
		case known:
			m |= bit
		case word == "aaa":
			return 0, &script.Refusal{Msg: "aaa: " + noAAA, Hint: "write log, db or evi; a subscriber of E_ACC_CDR can pass events on to RADIUS"}
		default:
			return 0, &script.Refusal{Msg: fmt.Sprintf("%q is none of %s", word, names(words)), Hint: "several are joined by |"}
		}
	}
	return m, nil
}

func names(words map[string]mask) string {
	if _, are := words["log"]; are {
		return "log, db and evi"
	}
	return "cdr, missed and failed"
}

// maskParam is a string that is parsed when the script is loaded, if it has no variables.
func maskParam(name, doc string, words map[string]mask, check func(mask) error) script.Param[mask] {
	load := func(text string) (mask, error) {
		m, err := parse(text, words)
		if err == nil && check != nil {
			err = check(m)
		}
		return m, err
	}
	return script.Parsed(name, doc, load, func(c *script.Ctx, text []byte) (mask, bool) {
		m, err := load(string(text))
		if err != nil {
			c.LogError("acc: %s", err)
		}
		return m, err == nil
	})
}
