package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A methodList is the argument of is_method(). One that the script spells out is read
// when it is loaded: a route asks ten times for each request.
type methodList struct {
	text  []byte
	read  bool
	known uint32 // the methods that sipparse knows by name, once text was read
}

func methodsParam() script.Param[methodList] {
	return script.Parsed("methods", "names separated by |", readMethods,
		func(_ *script.Ctx, text []byte) (methodList, bool) { return methodList{text: text}, true })
}

func readMethods(text string) (methodList, error) {
	m := methodList{text: []byte(text), read: true}
	for name, rest, more := cutMethod(m.text); ; name, rest, more = cutMethod(rest) {
		m.known |= 1 << sipparse.MethodOf(bytes.ToUpper(name))
		if !more {
			return m, nil
		}
	}
}

// isMethod looks at the CSeq in a reply, as OpenSIPS does.
func isMethod(c *script.Ctx, list methodList) script.Ret {
	m := proxy.From(c).Msg()
	kind, name := m.Method(), m.MethodName()
	if !m.IsRequest() {
		kind, name = m.CSeqMethod(), m.CSeqMethodName()
	}
	if list.read && kind != sipparse.MethodOther {
		return yes(list.known>>kind&1 == 1)
	}
	return yes(list.has(name))
}

// has compares names, in any case.
func (l *methodList) has(name []byte) bool {
	for rest, more := l.text, true; more; {
		var one []byte
		if one, rest, more = cutMethod(rest); sipparse.EqualFold(one, name) {
			return true
		}
	}
	return false
}

// cutMethod takes the first name off a list.
func cutMethod(list []byte) (name, rest []byte, more bool) {
	i := bytes.IndexAny(list, "|,")
	if i < 0 {
		return bytes.TrimSpace(list), nil, false
	}
	return bytes.TrimSpace(list[:i]), list[i+1:], true
}
