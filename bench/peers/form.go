// The form of bench/measure.py in Go, by net/http/cgi, or by net/http/fcgi on the socket that is standard input: DATA is the folder;
// LOG=shared appends to a file a day, LOG=files makes a file a submission; DURABLE=yes flushes before the answer.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
)

const page = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%s</title>\n%s\n</html>\n"

var (
	folder  = os.Getenv("DATA")
	shared  = os.Getenv("LOG") != "files"
	durable = os.Getenv("DURABLE") == "yes"
	topics  = map[string]bool{"sales": true, "support": true, "other": true}
	address = regexp.MustCompile(`^[\w.!#$%&'*+/=?^` + "`" + `{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
	checks  = []struct {
		name     string
		required bool
		max      int
	}{{"name", true, 100}, {"email", true, 254}, {"topic", false, 20}, {"message", true, 5000}, {"website", false, 200}}
)

type fields struct {
	Name    string `json:"name"`
	Email   string `json:"email"`
	Topic   string `json:"topic,omitempty"`
	Message string `json:"message"`
}

type client struct {
	Address string `json:"address"`
	Agent   string `json:"agent"`
}

type record struct {
	ID       string   `json:"id"`
	Form     string   `json:"form"`
	Received string   `json:"received"`
	Fields   fields   `json:"fields"`
	Files    []string `json:"files"`
	Client   client   `json:"client"`
	Spam     string   `json:"spam,omitempty"`
}

// The day's file, kept open: other programs are kept out by flock, the goroutines of this one by the mutex.
var day struct {
	sync.Mutex
	name string
	file *os.File
}

func appendLine(line []byte) (file *os.File, err error) {
	day.Lock()
	defer day.Unlock()
	if name := time.Now().UTC().Format("2006-01-02.jsonl"); name != day.name {
		if day.file, err = os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0640); err != nil {
			return nil, err
		}
		day.name = name
	}
	if err = syscall.Flock(int(day.file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	defer syscall.Flock(int(day.file.Fd()), syscall.LOCK_UN)
	_, err = day.file.Write(line)
	return day.file, err
}

func keepShared(line []byte) error {
	file, err := appendLine(line)
	if err != nil || !durable {
		return err
	}
	return syscall.Fdatasync(int(file.Fd()))
}

func keepFile(id string, line []byte) error {
	temporary := filepath.Join(folder, "."+id)
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0640)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err = file.Write(line); err != nil {
		return err
	}
	if durable {
		if err = file.Sync(); err != nil {
			return err
		}
	}
	return os.Rename(temporary, filepath.Join(folder, id+".json"))
}

func answer(w http.ResponseWriter, status int, title, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintf(w, page, title, text)
}

func faults(r *http.Request) (found []string) {
	for _, check := range checks {
		value := r.PostFormValue(check.name)
		switch {
		case !utf8.ValidString(value) || len(r.PostForm[check.name]) > 1:
			found = append(found, check.name+": one text in UTF-8, please.")
		case value == "" && check.required:
			found = append(found, check.name+": please fill this in.")
		case utf8.RuneCountInString(value) > check.max:
			found = append(found, fmt.Sprintf("%s: no more than %d characters, please.", check.name, check.max))
		}
	}
	if email := r.PostForm.Get("email"); email != "" && !address.MatchString(email) {
		found = append(found, "email: this is no e-mail address.")
	}
	if topic := r.PostForm.Get("topic"); topic != "" && !topics[topic] {
		found = append(found, "topic: please choose one.")
	}
	return found
}

func form(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		answer(w, 405, "Method not allowed", "<p>Please post to this form.</p>")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		answer(w, 400, "Bad request", "<p>This can't be read.</p>")
		return
	}
	if found := faults(r); found != nil {
		answer(w, 422, "Please check", "<ul><li>"+strings.Join(found, "</li><li>")+"</li></ul>")
		return
	}
	random := make([]byte, 15)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	outcome := record{ID: hex.EncodeToString(random), Form: "contact", Received: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		Fields: fields{r.PostForm.Get("name"), r.PostForm.Get("email"), r.PostForm.Get("topic"), r.PostForm.Get("message")},
		Files:  []string{}, Client: client{host, r.UserAgent()}}
	if r.PostForm.Get("website") != "" {
		outcome.Spam = "trap"
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(outcome)
	if err == nil && shared {
		err = keepShared(line.Bytes())
	} else if err == nil {
		err = keepFile(outcome.ID, line.Bytes())
	}
	if err != nil {
		log.Print(err)
		answer(w, 503, "Not kept", "<p>Your message was not kept. Please try again later.</p>")
		return
	}
	location := "http://" + r.Host + "/seeother/contact/" + outcome.ID
	w.Header().Set("Location", location)
	link := html.EscapeString(location)
	answer(w, 303, "See other", `<p>What you are looking for is here: <a href="`+link+`">`+link+`</a></p>`)
}

func main() {
	if os.Getenv("REQUEST_METHOD") != "" {
		if err := cgi.Serve(http.HandlerFunc(form)); err != nil {
			log.Fatal(err)
		}
		return
	}
	log.Fatal(fcgi.Serve(nil, http.HandlerFunc(form)))
}
