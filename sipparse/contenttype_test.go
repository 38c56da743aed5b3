package sipparse

import "testing"

// "Both the type and subtype are case-insensitive": media-type = m-type SLASH
// m-subtype *(SEMI m-parameter); RFC 3261 §25.1
func TestContentType(t *testing.T) {
	for _, c := range []struct {
		text, typ, subtype, boundary string
		err                          Error
	}{
		{"application/sdp", "application", "sdp", "", OK},
		{"text/html; charset=ISO-8859-4", "text", "html", "", OK},
		{"multipart / mixed\r\n ;\r\n boundary = \"a b;c\"", "multipart", "mixed", "a b;c", OK},
		{"multipart/mixed;boundary=boundary1=", "multipart", "mixed", "boundary1=", OK},
		{"multipart/mixed;boundary=a;boundary=a", "", "", "", ErrValue},
		{"application", "", "", "", ErrValue},
		{"application/", "", "", "", ErrValue},
		{"/sdp", "", "", "", ErrValue},
		{"application/sdp, text/plain", "", "", "", ErrValue},
		{"application/sdp;", "", "", "", ErrValue},
		{"", "", "", "", ErrValue},
	} {
		b := []byte(c.text)
		var x ContentType
		if err := ParseContentType(b, &x); err != c.err {
			t.Errorf("%q: %v, want %v", c.text, err, c.err)
		} else if err == OK {
			wantText(t, c.text, x.Type.Of(b), c.typ)
			wantText(t, c.text, x.Subtype.Of(b), c.subtype)
			wantText(t, c.text, x.Boundary.Of(b), c.boundary)
		}
	}
	b := []byte("Application/SDP;x=\"y\"")
	var x ContentType
	ParseContentType(b, &x)
	if !x.Is(b, "application", "sdp") || !x.Is(b, "application", "") || x.Is(b, "application", "sd") || x.Is(b, "text", "sdp") {
		t.Error("wrong type")
	}
	v, _ := x.Param(b, "X")
	wantText(t, "x", v, `"y"`)
}

func TestMsgContentType(t *testing.T) {
	var x ContentType
	if there, err := parse(t, request("")).ContentType(&x); there || err != OK || x != (ContentType{}) {
		t.Error("there is one")
	}
	m := parse(t, request("c: application/sdp\n"))
	if there, err := m.ContentType(&x); !there || err != OK || !x.Is(m.Buf(), "application", "sdp") {
		t.Error(err)
	}
	m = parse(t, request("c: application/sdp\nContent-Type: text/plain\n"))
	if there, err := m.ContentType(&x); !there || err != ErrValue {
		t.Error("two are one")
	}
}

// "If this parameter is missing, the value of "required" SHOULD be assumed"; RFC 3261 §20.11
func TestContentDisposition(t *testing.T) {
	for _, c := range []struct {
		text     string
		optional bool
		err      Error
	}{
		{"session", false, OK},
		{"session;handling=required", false, OK},
		{"early-session ; Handling = OPTIONAL", true, OK},
		{"render;x=y", false, OK},
		{"session;handling=optional;handling=required", false, ErrValue},
		{"", false, ErrValue},
		{"a b", false, ErrValue},
	} {
		m := parse(t, request("Content-Disposition: "+c.text+"\n"))
		var d Disposition
		if there, err := m.ContentDisposition(&d); !there || err != c.err || err == OK && d.Optional(m.Buf()) != c.optional {
			t.Errorf("%q: %v, %+v", c.text, err, d)
		}
		if err := ParseDisposition([]byte(c.text), &d); err != c.err {
			t.Errorf("%q alone: %v", c.text, err)
		}
	}
}
