package syntax

import "slices"

// Severity orders diagnostics.
type Severity uint8

// The severities.
const (
	Error Severity = iota
	Warning
	Note // accepted, but the operator should know (old spellings, parameters without meaning here)
)

// A Diag is one message about a configuration: where, what, and what to do.
type Diag struct {
	Span
	Severity Severity
	Msg      string // "unknown function t_rely"
	Hint     string // "did you mean t_relay?"; may be empty
	Old      bool   // it is about a spelling of an earlier OpenSIPS
}

// A Diags collects the messages of all passes over one configuration. Strict
// makes errors of spellings that only earlier versions of OpenSIPS accept.
type Diags struct {
	List   []Diag
	Strict bool
}

// Add records one message.
func (d *Diags) Add(s Severity, at Span, msg, hint string) {
	d.List = append(d.List, Diag{Span: at, Severity: s, Msg: msg, Hint: hint})
}

// Deprecated notes that what is at a place is written as in an earlier version of
// OpenSIPS; hint says how it is written now. It is understood, unless d is strict.
func (d *Diags) Deprecated(at Span, msg, hint string) {
	s := Note
	if d.Strict {
		s = Error
	}
	d.List = append(d.List, Diag{Span: at, Severity: s, Msg: msg, Hint: hint, Old: true})
}

// Errors counts the messages that keep a configuration from running.
func (d *Diags) Errors() int {
	n := 0
	for i := range d.List {
		if d.List[i].Severity == Error {
			n++
		}
	}
	return n
}

// Drop forgets the messages of a severity.
func (d *Diags) Drop(s Severity) {
	d.List = slices.DeleteFunc(d.List, func(g Diag) bool { return g.Severity == s })
}
