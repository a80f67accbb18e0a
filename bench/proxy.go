package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// certificate makes a certificate for the loopback, with its key in one file.
func certificate(dir string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		return "", err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "certificate.pem")
	return file, os.WriteFile(file, append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...), 0o600)
}

// The configuration of docs/operate.md, for one server and with TLS. It is one
// process, whose memory is easily told.
const nginxConfig = `
daemon off; master_process off; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log; worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
  access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  upstream maru { server %[2]s; keepalive 64; }
  server {
    listen %[3]s ssl http2; ssl_certificate %[4]s; ssl_certificate_key %[4]s;
    location / {
      proxy_pass http://maru; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 60s;
      proxy_set_header Connection ""; proxy_set_header Host $http_host;
    }
  }
}`

// nginx starts a proxy in front of a server.
func (b *bench) nginx(to *server, certificate string) (*server, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := free.Addr().String()
	free.Close()
	dir, err := os.MkdirTemp(b.dir, "nginx-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, dir, to.addr, addr, certificate), 0o644); err != nil {
		return nil, err
	}
	s := &server{name: "nginx", addr: addr, dir: dir, gone: make(chan struct{})}
	s.cmd = command(serverCPU, "nginx", "-p", dir, "-c", file, "-e", filepath.Join(dir, "nginx.log"))
	s.cmd.Stderr = nil // it warns of words that later versions have others for
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.cmd.Wait()
		close(s.gone)
	}()
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return s, c.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, fmt.Errorf("nginx does not start")
}

// tlsIdle is the memory of an idle stream where people come by TLS and HTTP/2,
// which Maru leaves to a proxy, and the naive server to net/http.
func tlsIdle(b *bench) error {
	if _, err := exec.LookPath("nginx"); err != nil {
		fmt.Fprintln(b.out, "| left out: no nginx is installed |")
		return nil
	}
	file, err := certificate(b.dir)
	if err != nil {
		return err
	}
	maru, err := b.maru(maruName, serverCPU)
	if err != nil {
		return err
	}
	if err := maru.signUp(); err != nil {
		return err
	}
	behind, err := b.naive(serverCPU)
	if err != nil {
		return err
	}
	alone, err := b.naive(serverCPU, "--tls", file)
	if err != nil {
		return err
	}
	readers := b.many(9000)
	what := fmt.Sprintf("resident memory an idle stream over TLS and HTTP/2, %s of them: ", number(float64(readers)))
	for _, s := range []*server{maru, behind} {
		proxy, err := b.nginx(s, file)
		if err != nil {
			return err
		}
		each, err := idleOverTLS(proxy.addr, s.token, readers, s.pid(), proxy.pid())
		if err != nil {
			return err
		}
		b.add(s.name, what+"the server's, behind nginx", "KB", each[0], faults{})
		if s == maru {
			b.add(s.name, what+"with nginx, or without it", "KB", each[0]+each[1], faults{})
		}
		if err := errors.Join(s.writeProfiles(), proxy.stop(), s.stop()); err != nil {
			return err
		}
	}
	each, err := idleOverTLS(alone.addr, "", readers, alone.pid())
	if err != nil {
		return err
	}
	b.add(alone.name, what+"with nginx, or without it", "KB", each[0], faults{})
	return alone.stop()
}

// idleOverTLS opens streams, each over a connection of its own as from a browser
// of its own, and returns how many KB each process takes for one.
func idleOverTLS(addr, token string, readers int, pids ...int) ([]float64, error) {
	before := resident(pids...)
	open := make([]io.Closer, readers)
	errs := make([]error, 50)
	var opening sync.WaitGroup
	for part := range errs {
		opening.Go(func() {
			for i := part; i < readers && errs[part] == nil; i += len(errs) {
				open[i], errs[part] = followOverTLS(addr, token)
			}
		})
	}
	opening.Wait()
	each := resident(pids...)
	for i := range each {
		each[i] = (each[i] - before[i]) / float64(readers)
	}
	for _, stream := range open {
		if stream != nil {
			stream.Close()
		}
	}
	return each, errors.Join(errs...)
}

// followOverTLS opens a stream, and returns when it has begun.
func followOverTLS(addr, token string) (io.Closer, error) {
	r, err := http.NewRequest("GET", "https://"+addr+"/api/v1/rooms/lobby/events?after=head", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+token)
	ours := &tls.Config{InsecureSkipVerify: true} // the certificate is a minute old and nobody's
	res, err := (&http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: ours}).RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.ProtoMajor != 2 || res.StatusCode != http.StatusOK {
		return res.Body, fmt.Errorf("a stream was answered with %s %s", res.Proto, res.Status)
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "event: caught-up") {
			return res.Body, nil
		}
	}
	return res.Body, errors.Join(io.ErrUnexpectedEOF, lines.Err())
}

// unpack undoes gzip.
func unpack(packed []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}
