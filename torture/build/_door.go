package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// doors are the listener of the release, and a second one whose connections are
// within TLS and may speak HTTP/2.
type doors struct {
	net.Listener
	second  net.Listener
	callers chan caller
}

// caller is a connection that was accepted, or why none was.
type caller struct {
	conn net.Conn
	err  error
}

// openDoors listens on an address, and on the one that the environment names.
func openDoors(addr string) (net.Listener, error) {
	first, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	certificate, err := selfSigned()
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	second, err := tls.Listen("tcp", os.Getenv("TORTURE_DOOR"), &tls.Config{
		Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"},
	})
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	fmt.Printf("The second door is %s\n", second.Addr())
	d := &doors{Listener: first, second: second, callers: make(chan caller, 2)}
	go d.answer(first)
	go d.answer(second)
	return d, nil
}

func (d *doors) answer(l net.Listener) {
	for {
		conn, err := l.Accept()
		d.callers <- caller{conn, err}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

func (d *doors) Accept() (net.Conn, error) {
	c := <-d.callers
	return c.conn, c.err
}

func (d *doors) Close() error { return errors.Join(d.Listener.Close(), d.second.Close()) }

// selfSigned makes a certificate that nobody has to trust.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
