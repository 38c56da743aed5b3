package registrar

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// lookupFlags are those of lookup().
type lookupFlags struct {
	noBranches    bool // the first contact alone
	branchesOnly  bool // the R-URI stays
	branchAoRs    bool // the branches are AoRs too
	methods       bool
	byLatency     bool
	maxLatency    uint32 // microseconds; 0: any
	ua            *regexp.Regexp
	uaText        string
	uaFold, uaExt bool
}

// Places in lookupWords.
const (
	wordNoBranches = iota
	wordBranchesOnly
	wordBranch
	wordMethods
	wordUA
	wordUAFold
	wordUAExtended
	wordGlobal
	wordMaxLatency
	wordByLatency
)

var lookupWords = flagSet[lookupFlags]{
	words: []flagWord{
		wordNoBranches:   {"no-branches", 'b', nothing},
		wordBranchesOnly: {"to-branches-only", 'B', nothing},
		wordBranch:       {"branch", 'r', nothing},
		wordMethods:      {"method-filtering", 'm', nothing},
		wordUA:           {"ua-filtering", 'u', pattern},
		wordUAFold:       {"case-insensitive", 'i', nothing},
		wordUAExtended:   {"extended-regexp", 'e', nothing},
		wordGlobal:       {"global", 'g', nothing},
		wordMaxLatency:   {"max-ping-latency", 'y', number},
		wordByLatency:    {"sort-by-latency", 'Y', nothing},
	},
	set: setLookupFlag,
}

func setLookupFlag(f *lookupFlags, word, n int, text string) error {
	switch word {
	case wordNoBranches:
		f.noBranches = true
	case wordBranchesOnly:
		f.branchesOnly = true
	case wordBranch:
		f.branchAoRs = true
	case wordMethods:
		f.methods = true
	case wordUA:
		return f.setPattern(text)
	case wordUAFold:
		f.uaFold = true
	case wordUAExtended:
		f.uaExt = true
	case wordMaxLatency:
		f.maxLatency = uint32(n)
	case wordByLatency:
		f.byLatency = true
	}
	return nil
}

// setPattern notes /expression/, which may be followed by i and e.
func (f *lookupFlags) setPattern(text string) error {
	end := strings.LastIndexByte(text, '/')
	if len(text) < 3 || text[0] != '/' || end < 2 {
		return &script.Refusal{Msg: "ua-filtering needs a regular expression between slashes", Hint: "write ua-filtering=/phone/"}
	}
	for _, c := range text[end+1:] {
		switch c {
		case 'i':
			f.uaFold = true
		case 'e':
			f.uaExt = true
		default:
			return &script.Refusal{Msg: fmt.Sprintf("%q behind a pattern is no flag", c), Hint: "there are i and e"}
		}
	}
	f.uaText = text[1:end]
	return nil
}

// compile makes the pattern, once all flags are known. Basic expressions are read as
// extended ones: what they have in common is what scripts use.
func (f *lookupFlags) compile() (err error) {
	if f.uaText == "" {
		return nil
	}
	text := "(?s)"
	if f.uaFold {
		text = "(?is)"
	}
	text += "(?:" + f.uaText + ")"
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return err
	}
	if script.LargePattern(tree) {
		return fmt.Errorf("the pattern is too large")
	}
	f.ua, err = regexp.Compile(text)
	return err
}

// parseLookupFlags reads the flags of lookup() in either form.
func parseLookupFlags(s string) (*lookupFlags, error) {
	f := new(lookupFlags)
	if err := lookupWords.parse(f, s); err != nil {
		return nil, err
	}
	return f, f.compile()
}

var noLookupFlags = new(lookupFlags)

func lookupFlagsParam() script.Param[*lookupFlags] {
	return script.Opt(script.Parsed("flags", "words with commas: no-branches, to-branches-only, branch, method-filtering, ua-filtering=/regexp/, case-insensitive, "+
		"extended-regexp, max-ping-latency=N (microseconds), sort-by-latency, global; the letters of earlier versions count too",
		parseLookupFlags, func(c *script.Ctx, b []byte) (*lookupFlags, bool) { return parsedAtRun(c, b, parseLookupFlags) }))
}
