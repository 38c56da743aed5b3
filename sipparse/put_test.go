package sipparse

import "testing"

// What Put is for: a list that several functions of a script change in turn.
func TestPut(t *testing.T) {
	m := parse(t, crlfs(edited))
	body := m.BodySpan()
	middle := Span{body.Off + 1, body.Off + 4} // of 12345
	last := Span{body.End - 1, body.End}
	for _, c := range []struct {
		what, want string
		edit       func(e *Edits)
	}{
		{"the last Put of a span counts", "1xyz5", func(e *Edits) { e.Put(middle, []byte("a")); e.Put(middle, []byte("xyz")) }},
		{"and goes before a Replace", "1a5", func(e *Edits) { e.Put(middle, []byte("a")); e.Replace(middle, []byte("b")) }},
		{"made before or after", "1a5", func(e *Edits) { e.Replace(middle, []byte("b")); e.Put(middle, []byte("a")) }},
		{"but not before a Delete", "15", func(e *Edits) { e.Put(middle, []byte("a")); e.Delete(middle) }},
		{"a Put that overlaps one of another span is not made", "1a5", func(e *Edits) { e.Put(middle, []byte("a")); e.Put(body, []byte("b")) }},
		{"nothing is a text", "15", func(e *Edits) { e.Put(middle, nil) }},
		{"text behind a span, twice", "1234b5", func(e *Edits) { e.PutBehind(middle, []byte("a")); e.PutBehind(middle, []byte("b")) }},
		{"goes with the span", "15", func(e *Edits) { e.PutBehind(middle, []byte("a")); e.Delete(middle) }},
		{"also when it is at the end of the message", "1234", func(e *Edits) { e.PutBehind(last, []byte("a")); e.Delete(last) }},
		{"not with a part of it", "1a5", func(e *Edits) { e.PutBehind(Span{body.Off, middle.End}, []byte("a")); e.Delete(middle) }},
	} {
		var e Edits
		c.edit(&e)
		out := parse(t, m.AppendEdited(nil, &e, nil))
		wantText(t, c.what, out.Body(), c.want)
	}
}

// A branch sees what has been put and deleted for all, and its own counts for it.
func TestPutOver(t *testing.T) {
	m := parse(t, crlfs(edited))
	body := m.BodySpan()
	first := Span{body.Off, body.Off + 1}
	var a, b Edits
	a.Put(body, []byte("for all"))
	a.PutBehind(first, []byte("x"))
	a.Delete(m.MaxForwardsSpan())
	b.Over(&a)
	if text, ok := b.PutText(body); string(text) != "for all" || !ok {
		t.Errorf("%q, %v", text, ok)
	}
	if text, ok := b.PutTextBehind(first); string(text) != "x" || !ok || !b.Deletes(m.MaxForwardsSpan()) {
		t.Errorf("%q, %v", text, ok)
	}
	b.Put(body, []byte("for one"))
	wantText(t, "this branch", parse(t, m.AppendEdited(nil, &a, &b)).Body(), "for one")
	wantText(t, "another branch", parse(t, m.AppendEdited(nil, &a, nil)).Body(), "for all")
	b.Reset()
	if _, ok := b.PutText(body); ok || b.Deletes(m.MaxForwardsSpan()) {
		t.Error("after Reset the message's edits show")
	}
}

// Truncate brings back the text that counted before.
func TestPutTruncate(t *testing.T) {
	m := parse(t, crlfs(edited))
	var e Edits
	e.Put(m.BodySpan(), []byte("before"))
	mark := e.Mark()
	e.Put(m.BodySpan(), []byte("after"))
	e.Truncate(mark)
	wantText(t, "body", parse(t, m.AppendEdited(nil, &e, nil)).Body(), "before")
}
