package redis

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// show writes a value as a person would.
func show(v Value) string {
	switch v.Kind() {
	case Null:
		return "null"
	case Int:
		n, _ := v.Int()
		return fmt.Sprint(n)
	case Status:
		return "+" + string(v.Bytes())
	case Error:
		return "-" + string(v.Bytes())
	case String:
		return fmt.Sprintf("%q", v.Bytes())
	}
	var all []string
	for e := range v.All() {
		all = append(all, show(e))
	}
	open, end := "[", "]"
	if v.Kind() == Map {
		open, end = "{", "}"
	}
	return open + strings.Join(all, " ") + end
}

// decodeAll decodes b in pieces of at most step bytes and shows each reply; what was
// out of turn is in parentheses.
func decodeAll(b []byte, step int) (replies []string, err error) {
	var d decoder
	var r Reply
	r.reset(1 << 20)
	for len(b) > 0 {
		piece := b[:min(step, len(b))]
		n, done, err := d.next(piece, &r)
		if err != nil {
			return replies, err
		}
		b = b[n:]
		if done && d.push {
			replies = append(replies, "(push)")
		} else if done {
			replies = append(replies, show(r.Value()))
			r.reset(1 << 20)
		}
	}
	return replies, nil
}

// The types of RESP2 and RESP3, as https://redis.io/docs/latest/develop/reference/protocol-spec/ has them.
func TestDecode(t *testing.T) {
	for wire, want := range map[string]string{
		"+OK\r\n":                  "+OK",
		"-ERR unknown command\r\n": "-ERR unknown command",
		":1000\r\n:-9223372036854775808\r\n:0\r\n":        "1000 -9223372036854775808 0",
		"$5\r\nhello\r\n$0\r\n\r\n":                       `"hello" ""`,
		"$4\r\n\r\n\r\n\r\n":                              `"\r\n\r\n"`,
		"$-1\r\n*-1\r\n_\r\n":                             "null null null",
		"*0\r\n*2\r\n$5\r\nhello\r\n:1\r\n":               `[] ["hello" 1]`,
		"*3\r\n:1\r\n*2\r\n+a\r\n*1\r\n_\r\n:2\r\n":       "[1 [+a [null]] 2]",
		"#t\r\n#f\r\n":                                    "1 0",
		",1.23\r\n,inf\r\n(3492890328409238509324\r\n":    `"1.23" "inf" "3492890328409238509324"`,
		"!21\r\nSYNTAX invalid syntax\r\n":                "-SYNTAX invalid syntax",
		"=15\r\ntxt:Some string\r\n":                      `"Some string"`,
		"%2\r\n+first\r\n:1\r\n+second\r\n:2\r\n":         "{+first 1 +second 2}",
		"~2\r\n+a\r\n%0\r\n":                              "[+a {}]",
		"|1\r\n+ttl\r\n:3600\r\n*2\r\n:1\r\n:2\r\n":       "[1 2]",
		"*2\r\n|1\r\n+a\r\n*1\r\n+b\r\n:1\r\n:2\r\n":      "[1 2]",
		">2\r\n+pubsub\r\n*1\r\n+x\r\n+OK\r\n":            "(push) +OK",
		"*2\r\n$1\r\na\r\n$-1\r\n:7\r\n>0\r\n":            `["a" null] 7 (push)`,
		"*1\r\n*1\r\n*0\r\n+x\r\n|0\r\n+y\r\n%0\r\n+\r\n": "[[[]]] +x +y {} +",
	} {
		for step := 1; step <= len(wire); step++ {
			got, err := decodeAll([]byte(wire), step)
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%q in pieces of %d: %s, %v; want %s", wire, step, got, err, want)
				break
			}
		}
	}
}

// What no server sends ends the connection; it is not guessed at.
func TestDecodeRefuses(t *testing.T) {
	for _, wire := range []string{
		"\r\n", "OK\r\n", "+OK\n", "+a\rb\r\n", ":\r\n", ":1x\r\n", ":9223372036854775808\r\n", ":-\r\n", ":+1\r\n", "$x\r\n", "$-2\r\n",
		"$536870913\r\n", "$3\r\nabcd\r\n", "$1\r\na\n\n", "*-2\r\n", "*1073741825\r\n", "#x\r\n", "#\r\n", "_x\r\n", "$?\r\n",
		"*1\r\n>1\r\n", "%-1\r\n", "=-1\r\n", "!-1\r\n", "HTTP/1.1 400 Bad Request\r\n",
		strings.Repeat("*1\r\n", maxDepth+1), "+" + strings.Repeat("x", maxLine+1) + "\r\n",
	} {
		for _, step := range []int{1, 1 << 20} {
			if got, err := decodeAll([]byte(wire), step); err == nil {
				t.Errorf("%.40q in pieces of %d was taken for %s", wire, step, got)
			}
		}
	}
	if _, err := decodeAll([]byte(strings.Repeat("x", maxLine+2)), 100); err == nil {
		t.Error("a line without end was taken")
	}
}

// A reply beyond its bound is passed over, not kept, and what follows it is read.
func TestDecodeIsBounded(t *testing.T) {
	wire := []byte("*3\r\n$10\r\n0123456789\r\n:1\r\n*1\r\n+a\r\n+OK\r\n")
	for room, over := range map[int]bool{0: true, 100: true, 130: true, 131: false} {
		var d decoder
		var r Reply
		r.reset(room)
		n, done, err := d.next(wire, &r)
		if err != nil || !done || r.over != over || n != len(wire)-5 {
			t.Errorf("room %d: %d bytes, done %v, over %v, %v", room, n, done, r.over, err)
		}
		if len(r.data) > room {
			t.Errorf("%d bytes are kept, room was for %d", len(r.data), room)
		}
		r.reset(100)
		if _, done, err := d.next(wire[n:], &r); err != nil || !done || show(r.Value()) != "+OK" {
			t.Errorf("afterwards %s, %v", show(r.Value()), err)
		}
	}
}

// An attacker's numbers allocate nothing: a billion elements are believed when they come.
func TestDecodeBelievesNoLength(t *testing.T) {
	var d decoder
	var r Reply
	r.reset(1 << 20)
	if _, _, err := d.next([]byte("*1000000000\r\n$500000000\r\nabc"), &r); err != nil {
		t.Fatal(err)
	}
	if cap(r.data)+itemSize*cap(r.items) > 4096 {
		t.Errorf("%d bytes and %d values were set aside", cap(r.data), cap(r.items))
	}
}

func TestValueAccess(t *testing.T) {
	var d decoder
	var r Reply
	r.reset(1000)
	_, _, _ = d.next([]byte("*4\r\n*2\r\n:1\r\n:2\r\n$2\r\n-7\r\n$3\r\n1e3\r\n:5\r\n"), &r)
	v := r.Value()
	if v.Len() != 4 || v.At(0).Len() != 2 || v.At(4).Kind() != Null || v.At(-1).Kind() != Null {
		t.Errorf("%s: wrong lengths", show(v))
	}
	if n, ok := v.At(1).Int(); n != -7 || !ok {
		t.Errorf("element 1 is %d, %v", n, ok)
	}
	if n, ok := v.At(2).Int(); ok {
		t.Errorf("element 2 is %d", n)
	}
	if got := string(v.At(3).AppendText(v.At(1).AppendText(v.AppendText(nil)))); got != "-75" {
		t.Errorf("as text %q", got)
	}
	if show(new(Reply).Value()) != "null" || show(Value{}) != "null" {
		t.Error("an empty reply is something")
	}
}

// Commands are arrays of bulk strings; anything may be in them.
func TestEncode(t *testing.T) {
	var e encoder
	e.arg([]byte("SET"))
	e.argString("a key")
	e.arg([]byte("\r\n*1\r\n"))
	e.end()
	e.argString("INCRBY")
	e.arg(nil)
	e.argInt(-12)
	for range 9 {
		e.argString("x")
	}
	e.end()
	e.end() // nothing is in hand
	want := "*3\r\n$3\r\nSET\r\n$5\r\na key\r\n$6\r\n\r\n*1\r\n\r\n*12\r\n$6\r\nINCRBY\r\n$0\r\n\r\n$3\r\n-12\r\n" + strings.Repeat("$1\r\nx\r\n", 9)
	if string(e.text) != want || e.parts != 2 {
		t.Errorf("%d parts: %q, want %q", e.parts, e.text, want)
	}
	if rest := skipParts(e.text, 1); !bytes.HasPrefix(rest, []byte("*12\r\n")) {
		t.Errorf("the second begins %q", rest)
	}
	if rest := skipParts(e.text, 2); len(rest) != 0 {
		t.Errorf("behind the second is %q", rest)
	}
	got, err := decodeAll(e.text, 7)
	if err != nil || got[0] != `["SET" "a key" "\r\n*1\r\n"]` {
		t.Errorf("decoded %s, %v", got, err)
	}
}

// "0 allocations" for encoding a command and decoding its answer.
func TestCodecDoesNotAllocate(t *testing.T) {
	var e encoder
	var d decoder
	var r Reply
	key, answer := []byte("some:key"), []byte("*3\r\n$5\r\nhello\r\n:1\r\n|1\r\n+a\r\n:1\r\n+OK\r\n")
	run := func() {
		e.reset()
		e.argString("SET")
		e.arg(key)
		e.argInt(12345)
		e.end()
		r.reset(1 << 20)
		if _, done, err := d.next(answer, &r); !done || err != nil {
			t.Fatal(done, err)
		}
	}
	run()
	if n := testing.AllocsPerRun(1000, run); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// random writes a random value as a server would.
func random(rnd *rand.Rand, b []byte, depth int) ([]byte, string) {
	text := make([]byte, rnd.IntN(20))
	for i := range text {
		text[i] = byte(rnd.IntN(256))
	}
	aggregate := func(kind byte, elements int, open, end string) ([]byte, string) {
		n := elements
		if kind == '%' {
			n /= 2
		}
		b = appendLength(b, kind, n)
		var all []string
		for range elements {
			var s string
			b, s = random(rnd, b, depth-1)
			all = append(all, s)
		}
		return b, open + strings.Join(all, " ") + end
	}
	kinds := 6
	if depth > 0 {
		kinds = 10
	}
	switch rnd.IntN(kinds) {
	case 0:
		n := rnd.Int64() - rnd.Int64()
		return fmt.Appendf(b, ":%d\r\n", n), fmt.Sprint(n)
	case 1:
		return append(b, "_\r\n"...), "null"
	case 2:
		return append(b, "+QUEUED\r\n"...), "+QUEUED"
	case 3:
		return append(b, "-MOVED 1 :7000\r\n"...), "-MOVED 1 :7000"
	case 4, 5:
		return append(append(appendLength(b, '$', len(text)), text...), "\r\n"...), fmt.Sprintf("%q", text)
	case 6:
		return aggregate('%', 2*rnd.IntN(4), "{", "}")
	case 7:
		return aggregate('~', rnd.IntN(4), "[", "]")
	case 8: // an attribute adds nothing
		was := len(b)
		b, _ = aggregate('%', 2*rnd.IntN(3), "", "")
		b[was] = '|'
		return random(rnd, b, depth-1)
	}
	return aggregate('*', rnd.IntN(6), "[", "]")
}

// Whatever is written and however it arrives, the same is read.
func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, uint8(seed%40))
	}
	f.Fuzz(func(t *testing.T, seed uint64, step uint8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		var wire []byte
		var want []string
		for range 3 {
			var s string
			wire, s = random(rnd, wire, 5)
			want = append(want, s)
		}
		got, err := decodeAll(wire, int(step)+1)
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("read %s, %v; want %s", got, err, want)
		}
	})
}

// Garbage gives an error or a reply, never a panic, and the same however it arrives.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"+OK\r\n", "*2\r\n|1\r\n+a\r\n:1\r\n$3\r\nabc\r\n_\r\n", "%1\r\n=4\r\ntxt:\r\n#t\r\n>1\r\n:1\r\n", "*-1\r\n$-1\r\n*0\r\n"} {
		f.Add([]byte(s), uint8(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		whole, err1 := decodeAll(b, len(b)+1)
		parts, err2 := decodeAll(b, int(step)+1)
		if fmt.Sprint(whole) != fmt.Sprint(parts) || (err1 == nil) != (err2 == nil) {
			t.Errorf("whole: %s %v; in parts: %s %v", whole, err1, parts, err2)
		}
	})
}
