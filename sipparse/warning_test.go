package sipparse

import "testing"

// warning-value = warn-code SP warn-agent SP warn-text; warn-code = 3DIGIT
func TestWarnings(t *testing.T) {
	m := parse(t, request(`
Warning: 307 isi.edu "Session parameter 'foo' not understood",
    301 [2001:db8::1]:5060 "Incompatible \"network\" address, type"
Warning: 399 pbx ""
`[1:]))
	b := m.Buf()
	it := m.Warnings()
	var w Warning
	for _, want := range []struct {
		code        int
		agent, text string
	}{{307, "isi.edu", "Session parameter 'foo' not understood"}, {301, "[2001:db8::1]:5060", `Incompatible "network" address, type`}, {399, "pbx", ""}} {
		if !it.Next(&w) || w.Code != want.code {
			t.Errorf("%d: %v %+v", want.code, it.Err(), w)
		}
		wantText(t, "agent", w.Agent.Of(b), want.agent)
		wantText(t, "text", AppendUnquoted(nil, w.Text.Of(b)), want.text)
	}
	if it.Next(&w) || it.Err() != OK {
		t.Error(it.Err())
	}
	for _, s := range []string{"", `30 a "b"`, `3000 a "b"`, `300 a b`, `300 "b"`, `300 a "b`, `300 a "b" c`, `300a "b"`, `300 a"b"`, `300 a "b", 300 a "b"`} {
		if ParseWarning([]byte(s), &w) != ErrValue {
			t.Errorf("%q is accepted", s)
		}
	}
}
