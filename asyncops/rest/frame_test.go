package rest

import (
	"bufio"
	"bytes"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"
)

// RFC 9112 §6.3, in its order.
func TestFrame(t *testing.T) {
	for _, c := range []struct {
		name, text string
		head, eof  bool
		want       verdict
		end        string // what follows the response
	}{
		{name: "1: HEAD has no body", text: "HTTP/1.1 200 OK\n\nContent-Length: 5\n\n", head: true, want: complete, end: "Content-Length: 5\r\n\r\n"},
		{name: "1: HEAD with a length", text: "HTTP/1.1 200 OK\nContent-Length: 5\n\n", head: true, want: complete},
		{name: "1: 204", text: "HTTP/1.1 204 No Content\n\nrest", want: complete, end: "rest"},
		{name: "1: 304 with a length", text: "HTTP/1.1 304 Not Modified\nContent-Length: 5\n\n", want: complete},
		{name: "1xx are skipped", text: "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 204 N\n\n", want: complete},
		{name: "endless 1xx", text: strings.Repeat("HTTP/1.1 100 Continue\n\n", maxInterims+1), want: broken},
		{name: "3: both", text: "HTTP/1.1 200 OK\nContent-Length: 5\nTransfer-Encoding: chunked\n\n", want: broken},
		{name: "4: chunked", text: "HTTP/1.1 200 OK\nTransfer-Encoding: CHUNKED\n\n3\nabc\n0\n\nX", want: complete, end: "X"},
		{name: "4: chunked in HTTP/1.0", text: "HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n0\n\n", want: broken},
		{name: "4: another coding", text: "HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n", want: broken},
		{name: "5: doubled length", text: "HTTP/1.1 200 OK\nContent-Length: 2\nContent-Length: 3\n\nab", want: broken},
		{name: "5: listed length", text: "HTTP/1.1 200 OK\nContent-Length: 2, 2\n\nab", want: broken},
		{name: "5: signed length", text: "HTTP/1.1 200 OK\nContent-Length: +2\n\nab", want: broken},
		{name: "5: folded length", text: "HTTP/1.1 200 OK\nContent-Length: 2\n 3\n\nab", want: broken},
		{name: "5: space before the colon", text: "HTTP/1.1 200 OK\nContent-Length : 2\n\nab", want: broken},
		{name: "6: length", text: "HTTP/1.1 200 OK\nContent-Length:2\t\n\nabc", want: complete, end: "c"},
		{name: "6: cut off", text: "HTTP/1.1 200 OK\nContent-Length: 2\n\na", eof: true, want: broken},
		{name: "8: until close", text: "HTTP/1.1 200 OK\n\nabc", want: more},
		{name: "8: until close, closed", text: "HTTP/1.1 200 OK\n\nabc", eof: true, want: complete},
		{name: "a folded field of others", text: "HTTP/1.1 200 OK\nX: a\n Content-Length: 9\nContent-Length: 0\n\n", want: complete},
		{name: "no reason phrase", text: "HTTP/1.1 200\nContent-Length: 0\n\n", want: complete},
		{name: "no colon", text: "HTTP/1.1 200 OK\nnonsense\n\n", want: broken},
		{name: "header cut off", text: "HTTP/1.1 200 OK\nX: y\n", eof: true, want: broken},
		{name: "nothing", text: "", eof: true, want: broken},
		{name: "chunk without size", text: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n\n", want: broken},
		{name: "chunk too long", text: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nabc\n", want: broken},
		{name: "trailer", text: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1;ext=1\na\n00\nA: b\nC: d\n\n", want: complete},
	} {
		text := []byte(crlfs(c.text))
		f := frame{maxHeader: 1000, maxBody: 1000, head: c.head}
		if v := f.feed(text, c.eof); v != c.want {
			t.Errorf("%s: verdict %d, want %d", c.name, v, c.want)
		} else if v == complete && string(text[f.end:]) != c.end {
			t.Errorf("%s: rest %q, want %q", c.name, text[f.end:], c.end)
		}
	}
}

// Bare line feeds would let two readers disagree about where the header ends.
func TestFrameBareLF(t *testing.T) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: y\n\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
	} {
		f := frame{maxHeader: 1000, maxBody: 1000}
		if v := f.feed([]byte(text), true); v != broken {
			t.Errorf("%q: verdict %d", text, v)
		}
	}
}

// However the bytes are split, the verdict is the same; and what is complete the
// codec either refuses or reads to exactly the same end.
func FuzzFrame(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
		"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5;a=b\nhello\n0\nX: y\n\nmore",
		"HTTP/1.1 100 Continue\n\nHTTP/1.0 204 No Content\nContent-Length: 7\n\n",
		"HTTP/1.1 200 OK\nX: a\n b\n\nuntil close",
	} {
		f.Add([]byte(crlfs(text)), uint16(20), false)
		f.Add([]byte(crlfs(text)), uint16(60), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, at uint16, head bool) {
		whole := frame{maxHeader: 300, maxBody: 300, head: head}
		want := whole.feed(b, true)
		for _, step := range []int{int(at)%(len(b)+1) + 1, 1} {
			parts := frame{maxHeader: 300, maxBody: 300, head: head}
			v := more
			for n := 0; v == more; n += step {
				n = min(n, len(b))
				v = parts.feed(b[:n:n], n == len(b))
				if n == len(b) {
					break
				}
			}
			if v != want || v == complete && (parts.end != whole.end && !whole.untilClose || parts.start != whole.start) {
				t.Fatalf("in steps of %d: verdict %d, end %d; whole: %d, %d", step, v, parts.end, want, whole.end)
			}
		}
		if want == complete {
			agree(t, b[whole.start:whole.end], head)
		}
	})
}

func agree(t *testing.T, b []byte, head bool) {
	src := bytes.NewReader(b)
	in := bufio.NewReaderSize(src, 4096)
	resp := fasthttp.Response{SkipBody: head}
	if err := resp.ReadLimitBody(in, 300); err != nil {
		return
	}
	if left := src.Len() + in.Buffered(); left != 0 {
		t.Fatalf("the codec leaves %d bytes of %q", left, b)
	}
}
