package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/cpus"
)

// options is what the command line says.
type options struct {
	config  string // empty: the built-in one
	loops   int    // 0: the script's business
	pin     []int  // CPUs to bind the process to; nil: the script's business
	pidFile string
	workDir string
	filter  string // -p: a command that the configuration goes through
	strict  bool   // spellings of earlier versions are errors
	check   bool
	help    bool
	version bool
	argv    []string // name=value, for $argv(name)
	ignored []string // accepted for OpenSIPS's sake
}

const usage = `Usage: fastsips [options]
       fastsips call|options|register|answer [options] sip:user@host   (try -help)
       fastsips check|fmt|functions|test|trace [options] [FILE...]     (try -help)
       fastsips tune [options]   (measures this machine and says what suits it)
       fastsips mi COMMAND [ARGUMENT...]   (a management command)
       fastsips db create|migrate|adduser … (tables and users in a database)

Without options fastsips starts a proxy on udp: and tcp:127.0.0.1:5060 with a built-in
configuration.

 -f FILE     configuration file (opensips.cfg)
 -c, -C      check the configuration and exit
 -n N        number of event loops; default that of the script, or one per CPU
             (also --loops N)
 --pin LIST  run on these CPUs only: 0-3,8
 -F          stay in the foreground; fastsips always does
 -P FILE     write the process id to FILE
 -w DIR      change to DIR
 -p COMMAND  pass the configuration, with its includes, through COMMAND: -p "m4 -s"
 --strict    refuse what only earlier versions of OpenSIPS write so
 -o NAME[=VALUE]  what $argv(NAME) is in the script
 -V          print the version
 -h          print this

Tools for scripts: check prints what is wrong (-json for editors), fmt lays a file
out, functions [NAME] explains what a script can name, test FILE.txtar plays a script's
tests without sockets, trace FILE.cfg MESSAGE shows what a message makes it do.

Accepted as OpenSIPS writes them, without effect: -E -D -d -i -r -R -v -m -M -b
-l -N -t -u -g -G -W -a -k -s -A
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
			if name == "strict" && !joined {
				o.strict = true
				continue
			}
			if !joined {
				i++
			}
			if !joined && i < len(args) {
				value = args[i]
			}
			if err := o.long(name, value); err != nil {
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

// long takes --name value.
func (o *options) long(name, value string) (err error) {
	switch name {
	case "loops":
		return o.set('n', value)
	case "pin":
		if o.pin, err = cpus.ParseList(value); err != nil || o.pin == nil {
			return fmt.Errorf("--pin %s: want a list of CPUs such as 0-3,8", value)
		}
		return nil
	}
	return fmt.Errorf("unknown option --%s", name)
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
	case 'p':
		o.filter = value
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
