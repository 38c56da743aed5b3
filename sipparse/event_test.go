package sipparse

import "testing"

// event-type = event-package *( "." event-template ); RFC 6665 §8.4. "id" is part of
// what matches a NOTIFY to its subscription (§8.2.1).
func TestEvent(t *testing.T) {
	for _, c := range []struct {
		lines, typ, pkg, id, params string
		there                       bool
		err                         Error
	}{
		{"", "", "", "", "", false, OK},
		{"Event: presence", "presence", "presence", "", "", true, OK},
		{"o: presence.winfo.winfo ; id = 7;x", "presence.winfo.winfo", "presence", "7", "; id = 7;x", true, OK},
		{"o: dialog;call-id=a@b;id=\"q\"", "dialog", "dialog", `"q"`, ";call-id=a@b;id=\"q\"", true, OK},
		{"Event: refer;id=", "", "", "", "", true, ErrValue}, // "id" EQUAL token
		{"Event: refer;id=1;id=2", "", "", "", "", true, ErrValue},
		{"Event: refer,presence", "", "", "", "", true, ErrValue},
		{"Event: refer\no: presence", "", "", "", "", true, ErrValue},
		{"Event:", "", "", "", "", true, ErrValue},
	} {
		m := parse(t, request(c.lines+"\n"))
		b := m.Buf()
		var e Event
		there, err := m.Event(&e)
		if there != c.there || err != c.err {
			t.Errorf("%q: %v %v", c.lines, there, err)
		}
		if err == OK {
			wantText(t, c.lines, e.Type.Of(b), c.typ)
			wantText(t, c.lines, e.Package.Of(b), c.pkg)
			wantText(t, c.lines, e.ID.Of(b), c.id)
			wantText(t, c.lines, e.Params.Of(b), c.params)
			id, _ := e.Param(b, "ID")
			wantText(t, c.lines, id, c.id)
		}
	}
	var e Event
	if b := []byte(" x.y "); ParseEvent(b, &e) != OK || string(e.Whole.Of(b)) != "x.y" {
		t.Errorf("%+v", e)
	}
}
