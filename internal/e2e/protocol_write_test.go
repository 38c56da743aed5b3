package e2e

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const writeScript = `
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "sipmsgops.so"
modparam("tm", "fr_timeout", 1)
modparam("tm", "tw_append", "more: From=$fu; $hdr(Contact); none=$hdr(X-None); n=$Ri; $rb")

route {
	if (is_method("ACK")) exit;
	switch ($rU) {
	case "plain":
		t_reply(486, "Plain");
		exit;
	case "answer":
		if (t_reply_by_callid(486, "By the program", "fifo-1@$si:$sp", "1"))
			t_reply(480, "Done");
		else
			t_reply(500, "No such call");
		exit;
	case "fifo":
	case "silent":
		if (t_write_req("voicemail/more", "[fifo]")) exit;
		break;
	case "unix":
		if (t_write_unix("logger", "[unix]")) t_reply(480, "$T_id");
		exit;
	case "nobody":
		if (t_write_req("voicemail", "[nobody]")) exit;
		break;
	case "unknown":
		if (t_write_unix("logger/less", "[unix]")) exit;
		break;
	case "hangs":
		if (t_write_unix("logger", "[hangs]")) exit;
		break;
	case "launched":
		launch(t_write_unix("logger", "[unix]"));
		t_reply(480, "Launched");
		exit;
	}
	t_reply(503, "Not written");
}
`

// A writing is a proxy with a FIFO and two sockets, the second of which nobody reads.
type writing struct {
	*caller
	fifo  *bufio.Reader
	unix  *net.UnixConn
	hangs *net.UnixConn
}

func newWriting(t *testing.T) *writing {
	t.Helper()
	dir := t.TempDir()
	w := &writing{}
	vars := map[string]string{}
	for _, name := range []string{"fifo", "nobody"} {
		vars[name] = filepath.Join(dir, name)
		if err := unix.Mkfifo(vars[name], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(vars["fifo"], os.O_RDWR, 0) // a writer of our own: no end of file between two messages
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	w.fifo = bufio.NewReader(f)
	for name, c := range map[string]**net.UnixConn{"unix": &w.unix, "hangs": &w.hangs} {
		vars[name] = filepath.Join(dir, name)
		if *c, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: vars[name], Net: "unixgram"}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { (*c).Close() })
	}
	w.caller = newCaller(t, start(t, writeScript, vars, "-n", "2").Addr)
	return w
}

func (w *writing) want(t *testing.T, k *call, status int, reason string) {
	t.Helper()
	m := k.ended(patience)
	if m == nil || m.Status() != status || !strings.Contains(string(m.Raw), reason) {
		t.Errorf("%s: answered with %v, want %d %s", k.user, m, status, reason)
	}
}

// t_write_req tells a program of the call by a FIFO; the transaction waits for the answer
// that the program brings about.
func TestWriteToFIFO(t *testing.T) {
	t.Parallel()
	w := newWriting(t)
	k := w.invite("fifo")
	var got []string
	for len(got) < 26 {
		line, err := w.fifo.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, strings.TrimSuffix(line, "\n")); line == ".\n" && len(got) > 19 && got[len(got)-2] == "." {
			break
		}
	}
	host, port, _ := net.SplitHostPort(w.proxy)
	for i, want := range []string{"0.3", "sip_request.voicemail", "INVITE", "fifo", "callee.invalid", host, port,
		"sip:fifo@callee.invalid", "sip:caller@" + w.Addr(), "<sip:caller@" + w.Addr() + ">;tag=z9hG4bK-1", "<sip:fifo@callee.invalid>",
		k.id, "z9hG4bK-1", "", "1", "", ".", ".", "P-MsgFlags: 0", "From: sip:caller@" + w.Addr(), "Contact: <sip:caller@" + w.Addr() + ">", "n: " + host, ".", "."} {
		if i == 15 { // loop:$T_id
			if loop, id, ok := strings.Cut(got[i], ":"); !ok || loop == "" || id == "" {
				t.Errorf("the transaction is %q", got[i])
			}
		} else if i >= len(got) || got[i] != want {
			t.Fatalf("line %d is not %q:\n%s", i, want, strings.Join(got, "\n"))
		}
	}
	w.want(t, w.invite("answer"), 480, "Done")
	w.want(t, k, 486, "By the program")
}

// "Keeps it open for fr_timeout": a program that does nothing costs the caller a 408.
func TestWrittenButUnanswered(t *testing.T) {
	t.Parallel()
	w := newWriting(t)
	w.want(t, w.invite("silent"), 408, "")
}

// t_write_unix sends one datagram, plainly or launched.
func TestWriteToSocket(t *testing.T) {
	t.Parallel()
	w := newWriting(t)
	b := make([]byte, 8192)
	for _, user := range []string{"unix", "launched"} {
		k := w.invite(user)
		w.unix.SetReadDeadline(time.Now().Add(patience))
		n, err := w.unix.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(b[:n]), "\n")
		if len(lines) != 22 || lines[1] != "sip_request.logger" || lines[3] != user || lines[11] != k.id {
			t.Errorf("%s: %q", user, lines)
		}
		if m := k.ended(patience); m == nil || m.Status() != 480 || user == "unix" && !strings.Contains(string(m.Raw), " 480 "+lines[15][2:]+"\r\n") {
			t.Errorf("%s: answered with %v, the transaction is %s", user, m, lines[15])
		}
	}
}

// "-1: nobody reads there, or no such tw_append", at once and without the others noticing.
// Nobody takes what is in the queue of the third program: its calls wait for
// unix_tx_timeout, those to others do not.
func TestWriteToNobody(t *testing.T) {
	t.Parallel()
	w := newWriting(t)
	var hang []*call
	fill(t, w.hangs)
	for range 50 {
		hang = append(hang, w.invite("hangs"))
	}
	var refused, plain []*call
	for range 50 {
		refused = append(refused, w.invite("nobody"), w.invite("unknown"))
		plain = append(plain, w.invite("plain"))
	}
	for _, k := range plain {
		w.want(t, k, 486, "Plain")
	}
	for _, k := range refused {
		w.want(t, k, 503, "Not written")
	}
	for _, k := range hang {
		w.want(t, k, 503, "Not written")
		if k.took() < time.Second {
			t.Error("did not wait for the program that hangs")
		}
	}
}

// fill puts into the queue of c what it takes.
func fill(t *testing.T, c *net.UnixConn) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	to := &unix.SockaddrUnix{Name: c.LocalAddr().String()}
	for err == nil {
		err = unix.Sendto(fd, []byte("x"), 0, to)
	}
	if err != unix.EAGAIN {
		t.Fatal(err)
	}
}
