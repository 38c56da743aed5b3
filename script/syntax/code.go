package syntax

import "regexp"

// Code is a short name for the kind of message that g is, for editors and for tools
// that count or hide some. It stays when the wording changes.
func (g *Diag) Code() string {
	if g.isOld() {
		return "old-spelling"
	}
	for _, k := range kinds {
		if k.msg.MatchString(g.Msg) {
			return k.code
		}
	}
	return g.Severity.String()
}

// isOld reports that g is about a spelling of an earlier OpenSIPS.
func (g *Diag) isOld() bool { return g.Severity == Note && oldRE.MatchString(g.Msg) }

var oldRE = regexp.MustCompile(`\bold name\b`)

// kinds tell the code by the message. The first that matches counts.
var kinds = []struct {
	code string
	msg  *regexp.Regexp
}{
	{"unknown-function", regexp.MustCompile(`^unknown function `)},
	{"unknown-variable", regexp.MustCompile(`^unknown variable `)},
	{"unknown-transformation", regexp.MustCompile(`^unknown transformation `)},
	{"unknown-module", regexp.MustCompile(`^unknown module |^no loaded module is called |^module .* is not there yet`)},
	{"unknown-parameter", regexp.MustCompile(`^unknown global parameter |has no parameter "`)},
	{"unknown-route", regexp.MustCompile(`^there is no \w*route\[|there is no main route|the route to go on in is missing`)},
	{"unknown-word", regexp.MustCompile(`^unknown (?:log level|context|operator|assignment|statement|kind)`)},
	{"module-missing", regexp.MustCompile(`^module \S+ needs |needs the tm module|is no longer in module`)},
	{"module-gone", regexp.MustCompile(`^module .* is (?:gone|built in)|^module .* is loaded already`)},
	{"wrong-route", regexp.MustCompile(` cannot be called in `)},
	{"unusable", regexp.MustCompile(` cannot be used: `)},
	{"argument-count", regexp.MustCompile(` takes (?:at (?:most|least) )?(?:no|\d+).*(?:not \d+|argument)|argument \S+ is missing|missing argument`)},
	{"argument-type", regexp.MustCompile(`: argument |: \S+ must be |text must be a string|log level is missing|needs a regular expression|is not a timeout|time limit must`)},
	{"parameter-value", regexp.MustCompile(` must be |^port must |needs a value|regular expression`)},
	{"no-effect", regexp.MustCompile(`has no meaning here|nothing runs it yet`)},
	{"duplicate", regexp.MustCompile(`defined twice|was used above`)},
	{"unreachable", regexp.MustCompile(`^this is never reached`)},
	{"unused-route", regexp.MustCompile(`is never used$`)},
	{"read-only", regexp.MustCompile(`read-only|cannot be (?:written|assigned) to|cannot be written$`)},
	{"include", regexp.MustCompile(`cannot include|includes itself|included|needs a file name`)},
	{"unclosed", regexp.MustCompile(`is not closed|is missing after|is missing$`)},
	{"variable-form", regexp.MustCompile(`in parentheses|needs a name|takes no (?:name|index)|has no (?:index|name)|index |in a variable|around it|not followed by a variable|must be class\.name`)},
	{"number", regexp.MustCompile(`does not fit in 32 bits|is not a number|is not an address`)},
	{"misplaced", regexp.MustCompile(`outside of|without if|// does not begin|must be the last label|^unexpected `)},
	{"expression", regexp.MustCompile(`condition|chained|comparison|compared|expression|computed|an address needs quotes|NULL |value|constant`)},
	{"too-deep", regexp.MustCompile(`nested too deeply|is larger than`)},
	{"syntax", regexp.MustCompile(`^expected |only variables can|async|^; `)},
	{"preprocessor", regexp.MustCompile(`^preprocessor `)},
}
