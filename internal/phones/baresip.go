package phones

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// baresipConfig: the sound is a tone; what comes is bridged to nobody. ctrl_tcp takes
// commands. The program also binds the port after its own, for TLS.
const baresipConfig = `
poll_method epoll
sip_listen 127.0.0.1:[port]
net_interface 127.0.0.1
audio_source ausine,440
audio_player aubridge,nobody
audio_alert aubridge,nobody
ausrc_srate 48000
ausrc_channels 2
rtp_stats yes
module_path [modules]
module g711.so
module ausine.so
module aubridge.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:[control]
`

// baresipAccount is one that registers nowhere; baresipRegistered one that does.
const (
	baresipAccount    = "<sip:[user]@127.0.0.1:[port]>;regint=0;answermode=[mode];audio_codecs=PCMU/8000/1\n"
	baresipRegistered = "<sip:[user]@[domain];transport=udp>;auth_pass=[password];regint=60;outbound=\"sip:[proxy];transport=udp\";answermode=[mode];audio_codecs=PCMU/8000/1\n"
)

// baresip is spoken to by JSON objects in netstrings.
type baresip struct {
	control net.Conn
	token   int
}

// Baresip starts a baresip, whose user is "baresip" unless it has an account. Dir is for
// its files.
func Baresip(dir string, account ...Account) (*Phone, error) {
	a := first(account, "baresip")
	modules, err := filepath.Glob("/usr/lib*/baresip/modules")
	if err != nil || len(modules) == 0 {
		return nil, fmt.Errorf("no modules of baresip below /usr/lib: %w", exec.ErrNotFound)
	}
	for range 3 { // the port after its own may be taken
		var p *Phone
		if p, err = startBaresip(dir, modules[0], a); err == nil {
			return p, nil
		}
	}
	return nil, err
}

func startBaresip(dir, modules string, a Account) (*Phone, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	control, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	account, mode := baresipAccount, "auto"
	if a.Proxy != "" {
		account = baresipRegistered
	}
	if a.Manual {
		mode = "manual"
	}
	values := append(a.values(), "[port]", strconv.Itoa(port), "[control]", strconv.Itoa(control), "[modules]", modules, "[mode]", mode)
	for name, text := range map[string]string{"config": baresipConfig, "accounts": account, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(expand(text, values...)), 0o600); err != nil {
			return nil, err
		}
	}
	b := new(baresip)
	p := &Phone{User: a.User, Addr: "127.0.0.1:" + strconv.Itoa(port), kind: b}
	cmd := exec.Command("baresip", "-f", dir)
	cmd.Dir = dir
	if err := p.start(cmd, "baresip is ready"); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, p.Log)
	}
	if b.control, err = net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(control), patience); err != nil {
		_ = p.Close() // the first error counts
		return nil, err
	}
	go discard(b.control)
	return p, nil
}

// discard reads what the program tells beside its log.
func discard(c net.Conn) {
	b := make([]byte, 4096)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

func (b *baresip) command(name, params string) error {
	b.token++
	text, err := json.Marshal(map[string]string{"command": name, "params": params, "token": strconv.Itoa(b.token)})
	if err != nil {
		return err
	}
	_ = b.control.SetWriteDeadline(time.Now().Add(patience))
	_, err = fmt.Fprintf(b.control, "%d:%s,", len(text), text)
	return err
}

func (b *baresip) dial(uri string) error { return b.command("dial", uri) }
func (b *baresip) hangUp() error         { return b.command("hangup", "") }
func (b *baresip) answer() error         { return b.command("accept", "") }
func (b *baresip) established() string   { return "Call established" }
func (b *baresip) ringing() string       { return "Incoming call from" }
func (b *baresip) refused() string       { return "session closed" }

func (b *baresip) awaitRegistered(p *Phone) error { return p.await("200 OK (") }

// ended is the last line of what it prints at the end of a call.
func (b *baresip) ended() string { return "errors:" }

func (b *baresip) close() {
	if b.control != nil {
		b.control.Close()
	}
}

var baresipPackets = regexp.MustCompile(`^packets:\s+(\d+)\s+(\d+)`)

func (b *baresip) rtp(p *Phone) (sent, received int, err error) {
	line, _, err := p.Wait("packets:", p.line, patience)
	if err != nil {
		return 0, 0, err
	}
	m := baresipPackets.FindStringSubmatch(line)
	if m == nil {
		return 0, 0, fmt.Errorf("baresip says %q", line)
	}
	sent, _ = strconv.Atoi(m[1]) // digits only
	received, _ = strconv.Atoi(m[2])
	return sent, received, nil
}

var baresipFlow = regexp.MustCompile(`audio=[1-9]\d*/[1-9]\d*`)

// AwaitSound waits until a baresip shows that RTP flows in both directions. What it
// shows is one line that it writes over and over, so the line has no end yet.
func (p *Phone) AwaitSound() error {
	return poll("RTP in both directions", func() bool { return baresipFlow.MatchString(p.String()[p.begin:]) })
}
