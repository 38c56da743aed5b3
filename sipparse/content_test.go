package sipparse

import (
	"strings"
	"testing"
)

const mixed = "Content-Type: multipart/mixed;boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: application/sdp\n\nv=0\nm=x\n\n--b--\n"

// Content shows the body with what has been done to it, and SetContent writes it: in the
// body, in a part of it, in the place of another one, and where there is none.
func TestContent(t *testing.T) {
	for _, c := range []struct {
		name, tail string // the last headers and the body
		do         func(m *Msg, e *Edits) bool
		now        string // content afterwards; "" for none
		has, lacks string // of the message that is sent
	}{
		{"as received", "Content-Type: application/sdp\n\nv=0\n", nil, "v=0\r\n", "v=0\r\n", ""},
		{"none", "\n", nil, "", "", "application/sdp"},
		{"another type", "Content-Type: text/plain\n\nhello", nil, "", "hello", ""},
		{"a part", mixed, nil, "v=0\r\nm=x\r\n", "m=x", ""},
		{"edited", "Content-Type: application/sdp\n\nv=0\n", func(m *Msg, e *Edits) bool {
			e.Put(Span{m.BodySpan().Off + 2, m.BodySpan().Off + 3}, []byte("1"))
			e.Insert(m.BodySpan().End, []byte("a=x"))
			return true
		}, "v=1\r\na=x", "v=1\r\na=x", ""},
		{"set", "Content-Type: application/sdp\n\nv=0\n", set("v=7"), "v=7", "\r\n\r\nv=7", "v=0"},
		{"set twice", "Content-Type: application/sdp\n\nv=0\n", func(m *Msg, e *Edits) bool { return set("v=7")(m, e) && set("v=88")(m, e) }, "v=88", "v=88", "v=7"},
		{"set in a part", mixed, func(m *Msg, e *Edits) bool { return set("v=7")(m, e) && set("v=8\r\n")(m, e) }, "v=8\r\n", "hello\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=8\r\n\r\n--b--", "m=x"},
		{"set without a body", "\n", set("v=7"), "v=7", "Content-Type: application/sdp\r\n", ""},
		{"set for another type", "Content-Type: text/plain\n\nhello", set("v=7"), "v=7", "Content-Type: application/sdp\r\n", "hello"},
		{"added as a part", "Content-Type: multipart/mixed;boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b--\n", set("v=7"), "", "hello\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=7\r\n--b--", ""},
		{"removed", "Content-Type: application/sdp\n\nv=0\n", set(""), "", "", "v=0"},
		{"removed, no header left", "Content-Type: application/sdp\n\nv=0\n", set(""), "", "", "application/sdp"},
		{"removed and set", "Content-Type: application/sdp\n\nv=0\n", func(m *Msg, e *Edits) bool { return set("")(m, e) && set("v=7")(m, e) }, "v=7", "Content-Type: application/sdp\r\n", "v=0"},
		{"set and removed", "\n", func(m *Msg, e *Edits) bool { return set("v=7")(m, e) && set("")(m, e) }, "", "", "v=7"},
		{"part removed", mixed, set(""), "", "hello", "v=0"},
		{"only part removed", "Content-Type: multipart/mixed;boundary=b\n\n--b\nContent-Type: application/sdp\n\nv=0\n--b--\n", set(""), "", "", "multipart"},
		{"wrapped", "Content-Type: application/sdp\n\nv=0\n", func(m *Msg, e *Edits) bool { return m.AppendPart(e, []byte("X: y\r\n"), []byte("z")) }, "v=0\r\n", "X: y", ""},
	} {
		m := parse(t, request(c.tail))
		var e Edits
		if c.do != nil && !c.do(m, &e) {
			t.Errorf("%s: refused", c.name)
		}
		now, ok := m.Content(nil, "application", "sdp", nil, &e)
		if ok != (c.now != "") || ok && string(now) != c.now {
			t.Errorf("%s: %q %v, want %q", c.name, now, ok, c.now)
		}
		sent := string(m.AppendEdited(nil, &e, nil))
		if !strings.Contains(sent, c.has) || c.lacks != "" && strings.Contains(sent, c.lacks) {
			t.Errorf("%s: sent\n%s", c.name, sent)
		}
	}
}

func set(text string) func(*Msg, *Edits) bool {
	return func(m *Msg, e *Edits) bool { return m.SetContent(e, "application", "sdp", []byte(text)) }
}

// What a branch does stands on what the message has.
func TestContentOfBranch(t *testing.T) {
	m := parse(t, request("Content-Type: application/sdp\n\nv=0\n"))
	var base, branch Edits
	branch.Over(&base)
	set("v=1")(m, &base)
	if now, _ := m.Content(nil, "application", "sdp", &base, &branch); string(now) != "v=1" {
		t.Errorf("%q", now)
	}
	set("v=2")(m, &branch)
	if now, _ := m.Content(nil, "application", "sdp", &base, &branch); string(now) != "v=2" {
		t.Errorf("%q", now)
	}
	if sent := string(m.AppendEdited(nil, &base, &branch)); !strings.HasSuffix(sent, "\r\n\r\nv=2") {
		t.Error(sent)
	}
}

// A text with the delimiter would end the part; what AppendPart has wrapped stays.
func TestContentRefused(t *testing.T) {
	m := parse(t, request(mixed))
	var e Edits
	if set("v=0\r\n--b--")(m, &e) || e.Len() > 0 {
		t.Error("the delimiter is written")
	}
	m = parse(t, request("Content-Type: application/sdp\n\nv=0\n"))
	e.Reset()
	m.AppendPart(&e, nil, []byte("x"))
	n := e.Len()
	if set("v=1")(m, &e) || set("")(m, &e) || e.Len() != n {
		t.Error("a wrapped body is written")
	}
}
