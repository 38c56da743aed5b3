package timerec

import (
	"errors"
	"strings"
	"time"
)

// An Expr is a combination of recurrences.
type Expr struct {
	rule *Rule
	op   byte // '!' '&' '/' of x and y; 0: rule
	x, y *Expr
}

// Match reports whether t satisfies e.
func (e *Expr) Match(t time.Time) bool {
	switch e.op {
	case '!':
		return !e.x.Match(t)
	case '&':
		return e.x.Match(t) && e.y.Match(t)
	case '/':
		return e.x.Match(t) || e.y.Match(t)
	}
	return e.rule.Match(t)
}

// deepest bounds the nesting of parentheses.
const deepest = 32

// ParseExpr reads recurrences combined by &, / and !. The two first bind alike, from
// left to right. A zone may have a / in it, so an operator stands at the beginning or
// the end, or has a space or a parenthesis beside it.
func ParseExpr(text string, zone *time.Location, zones Zones) (*Expr, error) {
	p := &parser{rest: strings.TrimSpace(text), zone: zone, zones: zones}
	e, err := p.expr(0)
	if err == nil && p.rest != "" {
		err = errors.New("unexpected " + p.rest)
	}
	return e, err
}

type parser struct {
	rest  string
	zone  *time.Location
	zones Zones
}

func (p *parser) skip(n int) { p.rest = strings.TrimSpace(p.rest[n:]) }

func (p *parser) expr(depth int) (*Expr, error) {
	e, err := p.term(depth)
	for err == nil && p.rest != "" && (p.rest[0] == '&' || p.rest[0] == '/') {
		op := p.rest[0]
		p.skip(1)
		var y *Expr
		y, err = p.term(depth)
		e = &Expr{op: op, x: e, y: y}
	}
	return e, err
}

func (p *parser) term(depth int) (*Expr, error) {
	switch {
	case depth > deepest:
		return nil, errors.New("nested too deeply")
	case strings.HasPrefix(p.rest, "!"):
		p.skip(1)
		x, err := p.term(depth + 1)
		return &Expr{op: '!', x: x}, err
	case strings.HasPrefix(p.rest, "("):
		p.skip(1)
		e, err := p.expr(depth + 1)
		if err == nil && !strings.HasPrefix(p.rest, ")") {
			err = errors.New("a ) is missing")
		}
		if err == nil {
			p.skip(1)
		}
		return e, err
	}
	n := p.ruleEnd()
	r, err := Parse(p.rest[:n], p.zone, p.zones)
	p.skip(n)
	return &Expr{rule: r}, err
}

// ruleEnd finds the operator or the parenthesis behind a recurrence.
func (p *parser) ruleEnd() int {
	for i := range len(p.rest) {
		switch p.rest[i] {
		case ')':
			return i
		case '&', '/':
			if i == len(p.rest)-1 || i > 0 && p.rest[i-1] == ' ' || strings.IndexByte(" (", p.rest[i+1]) >= 0 {
				return i
			}
		}
	}
	return len(p.rest)
}
