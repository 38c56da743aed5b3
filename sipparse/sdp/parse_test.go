package sdp

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

func TestSession(t *testing.T) {
	_, s := parse(t, phone)
	b := s.Buf()
	if n, ok := s.Version(); n != 0 || !ok {
		t.Errorf("v=%d, %v", n, ok)
	}
	wantText(t, "s=", s.Name(), "Desk phone 8.2")
	var o Origin
	if !s.Origin(&o) {
		t.Fatal("no origin")
	}
	wantText(t, "username", o.Username.Of(b), "alice")
	wantText(t, "sess-id", o.ID.Of(b), "2890844526")
	wantText(t, "sess-version", o.Version.Of(b), "2890844527")
	wantText(t, "nettype", o.NetType.Of(b), "IN")
	wantText(t, "addrtype", o.AddrType.Of(b), "IP4")
	wantText(t, "unicast-address", o.Address.Of(b), "192.0.2.10")
	if n, ok := s.Bandwidth(SessionLevel, "AS"); n != 256 || !ok {
		t.Errorf("b=AS:%d, %v", n, ok)
	}
	if n, ok := s.Bandwidth(0, "tias"); n != 64000 || !ok {
		t.Errorf("b=TIAS:%d, %v", n, ok)
	}
	if ms, ok := s.Ptime(0); ms != 20 || !ok {
		t.Errorf("ptime %d, %v", ms, ok)
	}
	var a Attr
	if !s.Attr(0, "CRYPTO", &a) || !strings.HasPrefix(string(a.Value.Of(b)), "1 AES_CM_128") {
		t.Errorf("crypto %q", a.Value.Of(b))
	}
	if !s.AttrOf(0, "tool", &a) || s.Attr(0, "tool", &a) {
		t.Error("the session's attribute")
	}
}

// RFC 8866 §5.9: "t=<start-time> <stop-time>", seconds since 1900, of any size.
func TestTiming(t *testing.T) {
	for line, want := range map[string][2]uint64{
		"3338481189 3370017201": {3338481189, 3370017201},
		"0 0":                   {0, 0},
		"12000000000 0":         {12000000000, 0},
	} {
		_, s := parse(t, "v=0\r\nt="+line+"\r\n")
		if start, stop, ok := s.Timing(); start != want[0] || stop != want[1] || !ok {
			t.Errorf("%s: %d %d %v", line, start, stop, ok)
		}
	}
	for _, line := range []string{"", "0", "0 0 0", "a b", "-1 0", "99999999999999999999 0"} {
		_, s := parse(t, "v=0\r\nt="+line+"\r\n")
		if _, _, ok := s.Timing(); ok {
			t.Errorf("%q is taken", line)
		}
	}
}

// media-field = "m=" media SP port [ "/" integer ] SP proto 1*( SP fmt ) ; RFC 8866 §9
func TestMedia(t *testing.T) {
	for line, want := range map[string]struct {
		ok              bool
		port, ports     int
		typ, proto, fmt string
	}{
		"audio 49170 RTP/AVP 0 8":              {true, 49170, 1, "audio", "RTP/AVP", "0 8"},
		"video 49170/2 RTP/AVP 31":             {true, 49170, 2, "video", "RTP/AVP", "31"},
		"image 5004 udptl t38":                 {true, 5004, 1, "image", "udptl", "t38"},
		"message 7313 TCP/MSRP *":              {true, 7313, 1, "message", "TCP/MSRP", "*"},
		"audio 0 RTP/AVP 0":                    {true, 0, 1, "audio", "RTP/AVP", "0"},
		"audio  49170 RTP/AVP\t0  8 ":          {true, 49170, 1, "audio", "RTP/AVP", "0  8"}, // more white space than is due
		"":                                     {},
		"audio":                                {},
		"audio 49170 RTP/AVP":                  {},
		"audio 49170 RTP/AVP  ":                {},
		"audio 65536 RTP/AVP 0":                {},
		"audio 99999999999999999999 RTP/AVP 0": {},
		"audio -1 RTP/AVP 0":                   {},
		"audio 49170/ RTP/AVP 0":               {},
		"audio 49170/0 RTP/AVP 0":              {},
		"audio 49170/2/2 RTP/AVP 0":            {},
		"audio /2 RTP/AVP 0":                   {},
		"audio $ RTP/AVP 0":                    {},
		"audio 49170 RTP/AVP" + strings.Repeat(" 0", maxFormats):   {true, 49170, 1, "audio", "RTP/AVP", strings.Repeat(" 0", maxFormats)[1:]},
		"audio 49170 RTP/AVP" + strings.Repeat(" 0", maxFormats+1): {},
	} {
		_, s := parse(t, head+"m="+line+"\r\na=inactive\r\n")
		var m Media
		if ok := s.Media(0, &m); ok != want.ok || m.Port != want.port || m.Ports != want.ports {
			t.Errorf("%q: %v, port %d/%d", line, ok, m.Port, m.Ports)
		}
		wantText(t, line, m.Type.Of(s.Buf()), want.typ)
		wantText(t, line, m.Proto.Of(s.Buf()), want.proto)
		wantText(t, line, m.Formats.Of(s.Buf()), want.fmt)
		wantText(t, line, m.Section.Of(s.Buf()), "m="+line+"\r\na=inactive\r\n")
		if s.NMedia() != 1 || s.Media(1, &m) || s.Media(-1, &m) || s.Media(1<<20, &m) || s.Direction(0) != Inactive {
			t.Errorf("%q: not one media", line)
		}
	}
}

// "connection-address", RFC 8866 §5.7: a TTL for IP4 multicast, a number of addresses for both.
func TestConnection(t *testing.T) {
	for line, want := range map[string]struct {
		addr        string
		ttl, number int
	}{
		"IN IP4 192.0.2.10":         {"192.0.2.10", 0, 1},
		"IN IP4 host.example.com":   {"host.example.com", 0, 1},
		"IN IP4 233.252.0.1/127":    {"233.252.0.1", 127, 1},
		"IN IP4 233.252.0.1/127/3":  {"233.252.0.1", 127, 3},
		"IN IP6 ff00::db8:0:101/3":  {"ff00::db8:0:101", 0, 3},
		"IN IP6 2001:db8::20":       {"2001:db8::20", 0, 1},
		"IN  IP4  192.0.2.10 ":      {"192.0.2.10", 0, 1},
		"":                          {},
		"IN":                        {},
		"IN IP4":                    {},
		"IN IP4 ":                   {},
		"IN IP4 192.0.2.10 x":       {},
		"IN IP4 233.252.0.1/":       {},
		"IN IP4 233.252.0.1/256":    {},
		"IN IP4 233.252.0.1/127/0":  {},
		"IN IP4 233.252.0.1/1/2/3":  {},
		"IN IP6 ff15::101/99999999": {},
	} {
		_, s := parse(t, "v=0\r\nc="+line+"\r\nm=audio 1 RTP/AVP 0\r\n")
		var c Connection
		if ok := s.ConnectionOf(0, &c); ok != (want.addr != "") {
			t.Errorf("%q: %v", line, ok)
		} else if ok && (c.TTL != want.ttl || c.Number != want.number) {
			t.Errorf("%q: TTL %d, number %d", line, c.TTL, c.Number)
		} else if ok {
			wantText(t, line, c.Address.Of(s.Buf()), want.addr)
		}
	}
}

// The class of CVE-2026-46334, a b= line without a colon, and others that have lost a part.
func TestBrokenLinesAreNotThere(t *testing.T) {
	_, s := parse(t, "v=\r\no=\r\nb=\r\nb=AS\r\nb=AS:\r\nb=AS:x\r\nb=AS:64\r\nt=\r\nc=\r\na=\r\na=:\r\na=rtpmap\r\nm=\r\na=rtpmap:\r\na=rtpmap:0\r\na=ptime\r\na=ptime:\r\n=\r\nx\r\n\r\n")
	var o Origin
	var c Connection
	var m Media
	if n, ok := s.Bandwidth(SessionLevel, "AS"); n != 64 || !ok {
		t.Errorf("b=AS:%d, %v: not the line that is good", n, ok)
	}
	_, version := s.Version()
	_, ptime := s.Ptime(0)
	if version || ptime || s.Origin(&o) || s.Connection(SessionLevel, &c) || s.Media(0, &m) || s.Held(0) || s.NMedia() != 1 {
		t.Error("a line without a value has one")
	}
}

// RFC 8866 §5: "parsers SHOULD be tolerant and also accept records terminated with a
// single newline character".
func TestLineEnds(t *testing.T) {
	for _, body := range []string{
		phone,
		strings.ReplaceAll(phone, "\r\n", "\n"),
		strings.TrimSuffix(phone, "\r\n"),
		strings.TrimSuffix(phone, "\n")[:len(phone)-2],
		phone + "\r\n\r\n",
		phone + "\n",
	} {
		_, s := parse(t, body)
		var m Media
		if !s.Media(0, &m) || s.NMedia() != 1 || s.Direction(0) != SendRecv {
			t.Errorf("another session: %q", body[len(body)-30:])
		}
		wantText(t, "formats", m.Formats.Of(s.Buf()), "0 8 9 18 97 98 101")
	}
}

func TestRefused(t *testing.T) {
	var s Session
	for what, body := range map[string]string{
		"nothing":                    "",
		"no v= line":                 "o=- 1 1 IN IP4 192.0.2.1\r\n",
		"an empty line first":        "\r\nv=0\r\n",
		"another v= line":            head + "m=audio 1 RTP/AVP 0\r\nv=0\r\n",
		"CR alone":                   head + "a=x\rm=audio 1 RTP/AVP 0\r\n",
		"CR alone at the end":        head + "a=x\r",
		"two CR":                     head + "a=x\r\r\n",
		"more lines than anyone has": head + strings.Repeat("m=audio 1 RTP/AVP 0\n", 2) + strings.Repeat("\n", maxLines),
		"and at session level":       head + strings.Repeat("a=x\n", maxOfAll),
		"and media":                  head + strings.Repeat("m=audio 1 RTP/AVP 0\n", maxMedia+1),
		"a NUL":                      head + "m=audio 1 RTP/AVP 0\r\na=sendonly\x00\r\n",
		"a NUL at the end":           head + "\x00",
		"XML":                        "<?xml version=\"1.0\"?>",
	} {
		b := []byte("xx" + body + "yy")
		if e := s.Parse(b, sipparse.Span{Off: 2, End: uint32(2 + len(body))}); e != sipparse.ErrSDP || s.NLines() != 0 || s.NMedia() != 0 {
			t.Errorf("%s: %v, %d lines", what, e, s.NLines())
		}
		var m Media
		var e sipparse.Edits
		if s.Media(0, &m) || s.AddAttr(&e, SessionLevel, []byte("x")) || s.SetDirection(&e, 0, Inactive) || s.Attrs(0).at != 0 || e.Len() != 0 {
			t.Errorf("%s: there is something", what)
		}
	}
}

func TestThousandMedia(t *testing.T) {
	_, s := parse(t, head+strings.Repeat("m=audio 5004 RTP/AVP 0\r\na=sendonly\r\n", 1000))
	var m Media
	if !s.Media(999, &m) || m.Index != 999 || s.Media(1000, &m) || s.NMedia() != 1000 || s.Direction(999) != SendOnly {
		t.Error("not a thousand")
	}
}

// RFC 3551 §6, tables 4 and 5, and the rtpmap lines over it.
func TestCodecs(t *testing.T) {
	for _, c := range []struct{ formats, attrs, want string }{
		{"0 3 4 8 9 10 11 15 18 34", "", "PCMU/8000 GSM/8000 G723/8000 PCMA/8000 G722/8000 L16/44100/2 L16/44100 G728/8000 G729/8000 H263/90000"},
		{"96 97", "rtpmap:96 opus/48000/2|rtpmap:97 VP8/90000", "opus/48000/2 VP8/90000"},
		{"0", "rtpmap:0 GSM/8000", "GSM/8000"}, // what is said counts
		{"08", "", "PCMA/8000"},
		{"31", "rtpmap:31 LPC", "LPC/0"}, // RFC 4475 has it
		{"96", "rtpmap:96 a/8000|rtpmap:96 b/8000", "a/8000"},
		{"96", "", "/0"},
		{"96", "rtpmap:96|rtpmap:96 /8000|rtpmap:96 x/|rtpmap:96 x/8000 y|rtpmap:996 x/1|rtpmap:96 x/99999999999", "/0"},
		{"96", "rtpmap:96 x/8000/no", "x/8000"},
		{"8 999", "", "PCMA/8000 999/0"},
	} {
		body := head + "m=audio 1 RTP/AVP " + c.formats + "\r\n"
		for _, a := range strings.Split(c.attrs, "|") {
			body += "a=" + a + "\r\n"
		}
		_, s := parse(t, body)
		var got []string
		var m Media
		var x Codec
		s.Media(0, &m)
		for it := s.Codecs(&m); it.Next(&x); {
			text := string(sipparse.AppendUint(append(append([]byte{}, x.Name...), '/'), uint64(x.Rate)))
			if x.Channels > 1 {
				text += "/" + string(rune('0'+x.Channels))
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: %q, want %q", c.formats, c.attrs, got, c.want)
		}
	}
	_, s := parse(t, fax)
	var m Media
	var x Codec
	s.Media(1, &m)
	if it := s.Codecs(&m); it.Next(&x) {
		t.Errorf("a fax has the codec %q", x.Name)
	}
}

// RFC 3264 §8.4 and RFC 8866 §6.7: the session's direction is "used as the default".
func TestDirection(t *testing.T) {
	for _, c := range []struct {
		session, media string
		want           Direction
		held           bool
	}{
		{"", "", SendRecv, false},
		{"a=sendonly\r\n", "", SendOnly, true},
		{"a=sendonly\r\n", "a=recvonly\r\n", RecvOnly, false},
		{"", "a=INACTIVE \r\n", Inactive, true},
		{"", "a=sendonly:x\r\n", SendRecv, false},
		{"", "a=recvonly\r\na=sendonly\r\n", RecvOnly, false},
		{"", "c=IN IP4 0.0.0.0\r\n", SendRecv, true},
		{"", "c=IN IP6 ::\r\n", SendRecv, true},
		{"", "c=IN IP4 192.0.2.2\r\na=sendrecv\r\n", SendRecv, false},
	} {
		_, s := parse(t, head+c.session+"m=audio 1 RTP/AVP 0\r\n"+c.media)
		if d := s.Direction(0); d != c.want || s.Held(0) != c.held {
			t.Errorf("%q %q: %v, held %v", c.session, c.media, d, s.Held(0))
		}
	}
}

func TestSamples(t *testing.T) {
	for _, c := range []struct {
		body  string
		media string
	}{
		{phone, "audio"}, {browser, "audio video application"}, {fax, "audio image"}, {chat, "message"}, {six, "audio video"}, {head, ""},
	} {
		_, s := parse(t, c.body)
		var got []string
		var m Media
		for i := range s.NMedia() {
			if !s.Media(i, &m) {
				t.Errorf("media %d is broken", i)
			}
			typ := string(m.Type.Of(s.Buf()))
			if s.FindMedia(strings.ToUpper(typ), 0) != i {
				t.Errorf("%s is not found", typ)
			}
			got = append(got, typ)
		}
		if strings.Join(got, " ") != c.media || s.FindMedia("x", 0) != -1 {
			t.Errorf("%q, want %q", got, c.media)
		}
	}
}

func TestRebase(t *testing.T) {
	_, s := parse(t, phone)
	moved := append([]byte(nil), s.Buf()...)
	clear(s.Buf())
	s.Rebase(moved)
	wantText(t, "s=", s.Name(), "Desk phone 8.2")
}
