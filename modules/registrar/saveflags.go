package registrar

import (
	"strings"

	"github.com/fastsips/fastsips/script"
)

// A pathMode says what becomes of the Path headers of a REGISTER (RFC 3327 §5.3).
type pathMode uint8

const (
	pathUnsaid pathMode = iota // the parameter path_mode decides
	pathOff                    // kept, never shown in the answer
	pathLazy                   // kept, shown to a client that knows Path
	pathStrict                 // 420 for a client that does not
)

// saveFlags are those of save().
type saveFlags struct {
	memoryOnly   bool
	noReply      bool
	socketHeader bool
	force        bool // the oldest contacts make room
	onlyRequest  bool // the answer lists no others
	pathReceived bool
	path         pathMode
	matchCallID  bool   // contact and Call-ID
	matchURI     bool   // contact alone
	matchParam   string // a URI parameter alone
	maxContacts  int    // unsaid: the parameter's
	minExpires   int
	maxExpires   int
}

// unsaid stands for a number that no flag gives.
const unsaid = -1

func defaultSaveFlags() saveFlags {
	return saveFlags{maxContacts: unsaid, minExpires: unsaid, maxExpires: unsaid}
}

// Places in saveWords.
const (
	wordMemoryOnly = iota
	wordNoReply
	wordMaxContacts
	wordForce
	wordMatching
	wordPathReceived
	wordOnlyRequest
	wordSocketHeader
	wordMinExpires
	wordMaxExpires
	wordPathOff
	wordPathLazy
	wordPathStrict
	wordPathNumber
)

var saveWords = flagSet[saveFlags]{
	words: []flagWord{
		wordMemoryOnly:   {"memory-only", 'm', nothing},
		wordNoReply:      {"no-reply", 'r', nothing},
		wordMaxContacts:  {"max-contacts", 'c', number},
		wordForce:        {"force-registration", 'f', nothing},
		wordMatching:     {"matching-mode", 'M', matching},
		wordPathReceived: {"path-received", 'v', nothing},
		wordOnlyRequest:  {"only-request-contacts", 'o', nothing},
		wordSocketHeader: {"socket-header", 's', nothing},
		wordMinExpires:   {"min-expires", 'e', number},
		wordMaxExpires:   {"max-expires", 'E', number},
		wordPathOff:      {"path-off", 0, nothing},
		wordPathLazy:     {"path-lazy", 0, nothing},
		wordPathStrict:   {"path-strict", 0, nothing},
		wordPathNumber:   {"path", 'p', number},
	},
	set: setSaveFlag,
}

func setSaveFlag(f *saveFlags, word, n int, text string) error {
	switch word {
	case wordMemoryOnly:
		f.memoryOnly = true
	case wordNoReply:
		f.noReply = true
	case wordMaxContacts:
		f.maxContacts = n
	case wordForce:
		f.force = true
	case wordMatching:
		return f.setMatching(text)
	case wordPathReceived:
		f.pathReceived = true
	case wordOnlyRequest:
		f.onlyRequest = true
	case wordSocketHeader:
		f.socketHeader = true
	case wordMinExpires:
		f.minExpires = n
	case wordMaxExpires:
		f.maxExpires = n
	case wordPathOff, wordPathLazy, wordPathStrict:
		f.path = pathOff + pathMode(word-wordPathOff)
	case wordPathNumber:
		if n > 2 || text == "" {
			return &script.Refusal{Msg: "p is followed by 0, 1 or 2", Hint: "write path-off, path-lazy or path-strict"}
		}
		f.path = pathOff + pathMode(n)
	}
	return nil
}

func (f *saveFlags) setMatching(text string) error {
	f.matchURI, f.matchCallID, f.matchParam = false, false, ""
	switch {
	case text == "0":
		f.matchURI = true
	case text == "1":
		f.matchCallID = true
	case len(text) > 2 && text[0] == '<' && text[len(text)-1] == '>':
		f.matchParam = strings.TrimSpace(text[1 : len(text)-1])
	default:
		return &script.Refusal{Msg: "matching-mode is 0, 1 or the name of a URI parameter", Hint: "write matching-mode=<rinstance>"}
	}
	return nil
}

// parseSaveFlags reads the flags of save() in either form.
func parseSaveFlags(s string) (*saveFlags, error) {
	f := defaultSaveFlags()
	if err := saveWords.parse(&f, s); err != nil {
		return nil, err
	}
	return &f, nil
}

// noSaveFlags are those of a save() that gives none.
var noSaveFlags = func() *saveFlags { f := defaultSaveFlags(); return &f }()

func saveFlagsParam() script.Param[*saveFlags] {
	return script.Opt(script.Parsed("flags", "words with commas: memory-only, no-reply, max-contacts=N, force-registration, matching-mode=0, 1 or <parameter>, "+
		"path-off, path-lazy, path-strict, path-received, only-request-contacts, socket-header, min-expires=N, max-expires=N; the letters of earlier versions count too",
		parseSaveFlags, func(c *script.Ctx, b []byte) (*saveFlags, bool) { return parsedAtRun(c, b, parseSaveFlags) }))
}

// parsedAtRun reads flags that come from a variable.
func parsedAtRun[T any](c *script.Ctx, b []byte, parse func(string) (*T, error)) (*T, bool) {
	if len(b) > maxFlagsText {
		c.LogError("registrar: flags of %d bytes", len(b))
		return nil, false
	}
	f, err := parse(string(b))
	if err != nil {
		c.LogError("registrar: flags: %v", err)
		return nil, false
	}
	return f, true
}

// maxFlagsText bounds flags that come from a variable.
const maxFlagsText = 512
