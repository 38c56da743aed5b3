package phones

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// linphoneConfig: no IPv6, no video.
const linphoneConfig = `
[sip]
sip_port=[port]
sip_tcp_port=[port]
sip_tls_port=0
ipv6_migration_done=1
use_ipv6=0
bind_address=127.0.0.1
default_proxy=[default]
[rtp]
audio_rtp_port=[media]
[video]
capture=0
display=0
automatically_initiate=0
automatically_accept=0
`

// linphoneAccount is added for a phone that registers.
const linphoneAccount = `
[proxy_0]
reg_proxy=<sip:[proxy];transport=udp>
reg_route=<sip:[proxy];transport=udp;lr>
reg_identity=sip:[user]@[domain]
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username=[user]
passwd=[password]
realm=[domain]
`

// linphone is spoken to by lines on its standard input.
type linphone struct {
	in      io.WriteCloser
	logFile string // what its libraries tell, RTP statistics among it
	logFrom int64  // where the call at hand begins in it
}

// Linphone starts a linphonec, whose user is "linphone" unless it has an account. Dir is
// for its files.
func Linphone(dir string, account ...Account) (*Phone, error) {
	a := first(account, "linphone")
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	media, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	// It has a database there, and does not make the folder.
	if err := os.MkdirAll(filepath.Join(dir, ".local/share/linphone"), 0o700); err != nil {
		return nil, err
	}
	text, standard := linphoneConfig, "-1"
	if a.Proxy != "" {
		text, standard = linphoneConfig+linphoneAccount, "0"
	}
	text = expand(text, append(a.values(), "[port]", strconv.Itoa(port), "[media]", strconv.Itoa(media), "[default]", standard)...)
	file, sound := filepath.Join(dir, "linphonerc"), filepath.Join(dir, "tone.wav")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(sound, tone(60), 0o600); err != nil {
		return nil, err
	}
	l := &linphone{logFile: filepath.Join(dir, "log")}
	p := &Phone{User: a.User, Addr: "127.0.0.1:" + strconv.Itoa(port), kind: l}
	args := []string{"-d", "6", "-l", l.logFile, "-c", file}
	if !a.Manual {
		args = append(args, "-a")
	}
	cmd := exec.Command("linphonec", args...)
	cmd.Dir = dir
	if l.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err = p.start(cmd, "linphonec"); err == nil {
		err = l.useFiles(p, sound)
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, p.Log)
	}
	return p, nil
}

// useFiles makes it send a file and play to nobody, in place of a sound card.
func (l *linphone) useFiles(p *Phone, sound string) error {
	if err := l.say("soundcard use files"); err != nil {
		return err
	}
	if err := p.await("Using wav files"); err != nil {
		return err
	}
	return l.say("play " + sound)
}

func (l *linphone) say(line string) error {
	_, err := io.WriteString(l.in, line+"\n")
	return err
}

func (l *linphone) dial(uri string) error { return l.say("call " + uri) }
func (l *linphone) hangUp() error         { return l.say("terminate") }
func (l *linphone) answer() error         { return l.say("answer") }
func (l *linphone) ringing() string       { return "Receiving new incoming call" }
func (l *linphone) refused() string       { return " error." }
func (l *linphone) established() string   { return "Media streams established" }
func (l *linphone) ended() string         { return "ended (" }

// awaitRegistered asks, for it does not tell by itself.
func (l *linphone) awaitRegistered(p *Phone) error {
	return poll("registration of linphonec", func() bool {
		return l.say("status register") == nil && strings.Contains(p.String(), "registered, identity=")
	})
}

func (l *linphone) close() {
	_ = l.say("quit") // it may have ended
	l.in.Close()
}

var linphonePackets = regexp.MustCompile(`ortp-message-sent +(\d+) packets(?s:.*?)ortp-message-received +(\d+) packets`)

// rtp takes the last of the statistics that its RTP library logs at the end of a call.
func (l *linphone) rtp(*Phone) (sent, received int, err error) {
	var all [][][]byte
	err = poll("statistics of linphonec", func() bool {
		b, err := os.ReadFile(l.logFile)
		all = linphonePackets.FindAllSubmatch(b[min(l.logFrom, int64(len(b))):], -1)
		return err == nil && len(all) > 0
	})
	if err != nil {
		return 0, 0, err
	}
	if info, err := os.Stat(l.logFile); err == nil {
		l.logFrom = info.Size()
	}
	m := all[len(all)-1]
	sent, _ = strconv.Atoi(string(m[1])) // digits only
	received, _ = strconv.Atoi(string(m[2]))
	return sent, received, nil
}
