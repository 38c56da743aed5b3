package main

import (
	"fmt"
	"strconv"
	"strings"
)

// options is what the command line says.
type options struct {
	config  string // empty: the built-in one
	loops   int    // 0: one per CPU
	pidFile string
	workDir string
	check   bool
	help    bool
	version bool
	argv    []string // name=value, for $argv(name)
	ignored []string // accepted for OpenSIPS's sake
}

const usage = `Usage: fastsips [options]
       fastsips call|options|register|answer [options] sip:user@host   (try -help)

Without options fastsips starts a proxy on udp: and tcp:127.0.0.1:5060 with a built-in
configuration.

 -f FILE     configuration file (opensips.cfg)
 -c, -C      check the configuration and exit
 -n N        number of event loops; default one per CPU (also --loops N)
 -F          stay in the foreground; fastsips always does
 -P FILE     write the process id to FILE
 -w DIR      change to DIR
 -o NAME[=VALUE]  what $argv(NAME) is in the script
 -V          print the version
 -h          print this

Accepted as OpenSIPS writes them, without effect: -E -D -d -i -r -R -v -m -M -b
-l -N -t -u -g -p -G -W -a -k -s -A
`

// OpenSIPS's getopt string, with its old -E.
const (
	flagsAlone = "cCirRvdDFVhE"
	flagsValue = "AfmMblnNwtugpPGWoaks"
)

// parseFlags reads the command line as getopt would: -DF, -n4, -n 4, --loops 4.
func parseFlags(args []string) (o options, err error) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		name, value, joined := strings.Cut(strings.TrimPrefix(a, "--"), "=")
		switch {
		case strings.HasPrefix(a, "--"):
			if !joined {
				i++
			}
			if !joined && i < len(args) {
				value = args[i]
			}
			if name != "loops" {
				return o, fmt.Errorf("unknown option --%s", name)
			}
			if err := o.set('n', value); err != nil {
				return o, err
			}
		case len(a) > 1 && a[0] == '-':
			if i, err = o.short(args, i); err != nil {
				return o, err
			}
		default:
			return o, fmt.Errorf("unexpected argument %q", a)
		}
	}
	return o, nil
}

// short reads a cluster such as -DF or -n4 and returns the index of its last
// argument.
func (o *options) short(args []string, i int) (int, error) {
	for j, c := range args[i][1:] {
		switch {
		case strings.ContainsRune(flagsAlone, c):
			o.flag(c)
		case strings.ContainsRune(flagsValue, c):
			value := args[i][j+2:]
			if value == "" {
				if i++; i == len(args) {
					return i, fmt.Errorf("option -%c needs a value", c)
				}
				value = args[i]
			}
			return i, o.set(c, value)
		default:
			return i, fmt.Errorf("unknown option -%c", c)
		}
	}
	return i, nil
}

func (o *options) flag(c rune) {
	switch c {
	case 'c', 'C':
		o.check = true
	case 'h':
		o.help = true
	case 'V':
		o.version = true
	case 'F', 'E', 'd':
	default:
		o.ignored = append(o.ignored, "-"+string(c))
	}
}

func (o *options) set(c rune, value string) error {
	switch c {
	case 'f':
		o.config = value
	case 'P':
		o.pidFile = value
	case 'w':
		o.workDir = value
	case 'o':
		o.argv = append(o.argv, value)
	case 'n':
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 1024 {
			return fmt.Errorf("-n %s: the number of loops must be from 0 to 1024", value)
		}
		o.loops = n
	default:
		o.ignored = append(o.ignored, "-"+string(c))
	}
	return nil
}
