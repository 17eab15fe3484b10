// What Go's crypto/x509 sees in certificates and requests, as JSON; and a few that it makes itself. Standard library only.
//
//	main look  < [{"kind": "certificate"|"request", "der": base64, "issuer": base64?}, …]   > [view, …]
//	main pem   < [text, …]                                                                  > [[{"label", "der"}, …], …]
//	main make                                                                               > [{"name", "kind", "der"}, …]
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"time"
)

type question struct {
	Kind   string `json:"kind"`
	DER    []byte `json:"der"`
	Issuer []byte `json:"issuer"`
	// Where given, the path to Root is verified too, for the name Host where there is one.
	Root          []byte   `json:"root"`
	Intermediates [][]byte `json:"intermediates"`
	Host          string   `json:"host"`
}

type otherName struct {
	OID   string `json:"oid"`
	Value string `json:"utf8Value"`
}

type attribute struct {
	OID   string `json:"oid"`
	Value string `json:"value"`
}

type extension struct {
	OID      string `json:"oid"`
	Critical bool   `json:"critical"`
}

type constraints struct {
	Critical bool     `json:"critical"`
	DNS      []string `json:"dnsDomains"`
	IP       []string `json:"ipRanges"`
	Email    []string `json:"emailAddresses"`
	URI      []string `json:"uriDomains"`
}

type view struct {
	Error        string      `json:"error,omitempty"`
	Subject      []attribute `json:"subject"`
	SubjectText  string      `json:"subjectText"`
	DNS          []string    `json:"dnsNames"`
	IP           []string    `json:"ipAddresses"`
	URI          []string    `json:"uris"`
	Email        []string    `json:"emailAddresses"`
	Other        []otherName `json:"otherNames"`
	Extensions   []extension `json:"extensions"`
	PublicKey    string      `json:"publicKey"`
	Algorithm    string      `json:"signatureAlgorithm"`
	Signature    string      `json:"signature"`
	Serial       string      `json:"serial,omitempty"`
	NotBefore    string      `json:"notBefore,omitempty"`
	NotAfter     string      `json:"notAfter,omitempty"`
	KeyUsage     int         `json:"keyUsage"`
	ExtKeyUsage  []string    `json:"extKeyUsage"`
	HasBasic     bool        `json:"hasBasicConstraints"`
	IsCA         bool        `json:"isCA"`
	PathLength   int         `json:"pathLength"`
	SubjectKeyID string      `json:"subjectKeyId"`
	AuthorityID  string      `json:"authorityKeyId"`
	CRL          []string    `json:"crlDistributionPoints"`
	OCSP         []string    `json:"ocspServers"`
	IssuingURL   []string    `json:"issuingCertificateUrls"`
	Permitted    constraints `json:"permitted"`
	Excluded     constraints `json:"excluded"`
	IssuerText   string      `json:"issuerText,omitempty"`
	Version      int         `json:"version"`
	Path         string      `json:"path,omitempty"`
}

var extKeyUsages = map[x509.ExtKeyUsage]string{
	x509.ExtKeyUsageAny: "2.5.29.37.0", x509.ExtKeyUsageServerAuth: "1.3.6.1.5.5.7.3.1", x509.ExtKeyUsageClientAuth: "1.3.6.1.5.5.7.3.2",
	x509.ExtKeyUsageCodeSigning: "1.3.6.1.5.5.7.3.3", x509.ExtKeyUsageEmailProtection: "1.3.6.1.5.5.7.3.4",
	x509.ExtKeyUsageIPSECEndSystem: "1.3.6.1.5.5.7.3.5", x509.ExtKeyUsageIPSECTunnel: "1.3.6.1.5.5.7.3.6",
	x509.ExtKeyUsageIPSECUser: "1.3.6.1.5.5.7.3.7", x509.ExtKeyUsageTimeStamping: "1.3.6.1.5.5.7.3.8",
	x509.ExtKeyUsageOCSPSigning: "1.3.6.1.5.5.7.3.9", x509.ExtKeyUsageMicrosoftServerGatedCrypto: "1.3.6.1.4.1.311.10.3.3",
	x509.ExtKeyUsageNetscapeServerGatedCrypto: "2.16.840.1.113730.4.1", x509.ExtKeyUsageMicrosoftCommercialCodeSigning: "1.3.6.1.4.1.311.2.1.22",
	x509.ExtKeyUsageMicrosoftKernelCodeSigning: "1.3.6.1.4.1.311.61.1.1",
}

func main() {
	var answer any
	switch os.Args[1] {
	case "look":
		var questions []question
		must(json.NewDecoder(os.Stdin).Decode(&questions))
		views := []view{}
		for _, q := range questions {
			views = append(views, look(q))
		}
		answer = views
	case "pem":
		var texts []string
		must(json.NewDecoder(os.Stdin).Decode(&texts))
		answer = blocksOf(texts)
	case "make":
		answer = made()
	}
	must(json.NewEncoder(os.Stdout).Encode(answer))
}

type block struct {
	Label string `json:"label"`
	DER   []byte `json:"der"`
}

func blocksOf(texts []string) (lists [][]block) {
	for _, text := range texts {
		list := []block{}
		for found, rest := pem.Decode([]byte(text)); found != nil; found, rest = pem.Decode(rest) {
			list = append(list, block{found.Type, found.Bytes})
		}
		lists = append(lists, list)
	}
	return lists
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func look(q question) view {
	if q.Kind == "request" {
		request, err := x509.ParseCertificateRequest(q.DER)
		if err != nil {
			return view{Error: err.Error()}
		}
		return viewOfRequest(request)
	}
	certificate, err := x509.ParseCertificate(q.DER)
	if err != nil {
		return view{Error: err.Error()}
	}
	v := viewOfCertificate(certificate, q.Issuer)
	if len(q.Root) > 0 {
		v.Path = text(verify(certificate, q))
	}
	return v
}

func verify(certificate *x509.Certificate, q question) error {
	pool := func(ders ...[]byte) *x509.CertPool {
		certificates := x509.NewCertPool()
		for _, der := range ders {
			one, err := x509.ParseCertificate(der)
			must(err)
			certificates.AddCert(one)
		}
		return certificates
	}
	_, err := certificate.Verify(x509.VerifyOptions{
		Roots: pool(q.Root), Intermediates: pool(q.Intermediates...), DNSName: q.Host,
		CurrentTime: certificate.NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}

func viewOfRequest(request *x509.CertificateRequest) view {
	v := common(request.Subject, request.DNSNames, request.IPAddresses, request.URIs, request.EmailAddresses, request.Extensions)
	v.PublicKey = sha(request.RawSubjectPublicKeyInfo)
	v.Algorithm = request.SignatureAlgorithm.String()
	v.Signature = text(request.CheckSignature())
	v.Version = request.Version
	v.Subject = attributes(request.RawSubject)
	return v
}

func viewOfCertificate(c *x509.Certificate, issuer []byte) view {
	v := common(c.Subject, c.DNSNames, c.IPAddresses, c.URIs, c.EmailAddresses, c.Extensions)
	v.PublicKey = sha(c.RawSubjectPublicKeyInfo)
	v.Algorithm = c.SignatureAlgorithm.String()
	v.Subject = attributes(c.RawSubject)
	v.IssuerText = c.Issuer.String()
	v.Version = c.Version
	v.Serial = c.SerialNumber.Text(16)
	v.NotBefore, v.NotAfter = c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)
	v.KeyUsage = int(c.KeyUsage)
	for _, usage := range c.ExtKeyUsage {
		v.ExtKeyUsage = append(v.ExtKeyUsage, extKeyUsages[usage])
	}
	for _, usage := range c.UnknownExtKeyUsage {
		v.ExtKeyUsage = append(v.ExtKeyUsage, usage.String())
	}
	v.HasBasic, v.IsCA, v.PathLength = c.BasicConstraintsValid, c.IsCA, c.MaxPathLen
	v.SubjectKeyID, v.AuthorityID = hex.EncodeToString(c.SubjectKeyId), hex.EncodeToString(c.AuthorityKeyId)
	v.CRL, v.OCSP, v.IssuingURL = c.CRLDistributionPoints, c.OCSPServer, c.IssuingCertificateURL
	v.Permitted = constraints{c.PermittedDNSDomainsCritical, c.PermittedDNSDomains, networks(c.PermittedIPRanges), c.PermittedEmailAddresses, c.PermittedURIDomains}
	v.Excluded = constraints{c.PermittedDNSDomainsCritical, c.ExcludedDNSDomains, networks(c.ExcludedIPRanges), c.ExcludedEmailAddresses, c.ExcludedURIDomains}
	parent := c
	if len(issuer) > 0 {
		var err error
		if parent, err = x509.ParseCertificate(issuer); err != nil {
			v.Signature = text(err)
			return v
		}
	}
	// Not CheckSignatureFrom: leaves sign themselves here too.
	v.Signature = text(parent.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature))
	return v
}

func common(subject pkix.Name, dns []string, ips []net.IP, uris []*url.URL, emails []string, extensions []pkix.Extension) view {
	v := view{SubjectText: subject.String(), DNS: dns, Email: emails}
	for _, ip := range ips {
		v.IP = append(v.IP, ip.String())
	}
	for _, uri := range uris {
		v.URI = append(v.URI, uri.String())
	}
	for _, e := range extensions {
		v.Extensions = append(v.Extensions, extension{e.Id.String(), e.Critical})
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			v.Other = otherNames(e.Value)
		}
	}
	return v
}

// The values that are UTF8Strings; crypto/x509 passes over all otherNames.
func otherNames(extension []byte) (names []otherName) {
	var list []asn1.RawValue
	if _, err := asn1.Unmarshal(extension, &list); err != nil {
		return nil
	}
	for _, one := range list {
		if one.Class != 2 || one.Tag != 0 {
			continue
		}
		var name struct {
			Type  asn1.RawValue
			Value asn1.RawValue
		}
		var value asn1.RawValue
		// Unlike asn1.ObjectIdentifier, this takes arcs of any size.
		var oid x509.OID
		if _, err := asn1.UnmarshalWithParams(one.FullBytes, &name, "tag:0"); err != nil {
			continue
		}
		if _, err := asn1.Unmarshal(name.Value.Bytes, &value); err != nil || value.Tag != asn1.TagUTF8String {
			continue
		}
		if err := oid.UnmarshalBinary(name.Type.Bytes); err != nil {
			continue
		}
		names = append(names, otherName{oid.String(), string(value.Bytes)})
	}
	return names
}

func attributes(raw []byte) (list []attribute) {
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &name); err != nil {
		return []attribute{{"error", err.Error()}}
	}
	for _, set := range name {
		for _, one := range set {
			list = append(list, attribute{one.Type.String(), fmt.Sprint(one.Value)})
		}
	}
	return list
}

func networks(list []*net.IPNet) (texts []string) {
	for _, network := range list {
		texts = append(texts, network.String())
	}
	return texts
}

func sha(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}

func text(err error) string {
	if err != nil {
		return err.Error()
	}
	return "valid"
}

// ---- what Go makes ----

type product struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	DER  []byte `json:"der"`
}

func made() []product {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	products := []product{}
	request := func(name string, key crypto.Signer, template x509.CertificateRequest) {
		der, err := x509.CreateCertificateRequest(rand.Reader, &template, key)
		must(err)
		products = append(products, product{name, "request", der})
	}
	certificate := func(name string, key crypto.Signer, template x509.Certificate) {
		template.SerialNumber = big.NewInt(int64(len(products) + 1))
		template.NotBefore, template.NotAfter = time.Unix(1_700_000_000, 0), time.Unix(2_600_000_000, 0)
		der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
		must(err)
		products = append(products, product{name, "certificate", der})
	}
	uri := func(text string) *url.URL { u, err := url.Parse(text); must(err); return u }
	names := []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "first"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "second"},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Ämter & Söhne"}, {Type: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: "other"},
	}
	plain := []string{"example.com", "*.example.com", "xn--mnchen-3ya.example"}
	addresses := []net.IP{net.ParseIP("192.0.2.1").To4(), net.ParseIP("2001:db8::1"), net.ParseIP("::"), net.ParseIP("2001:db8:0:1:1:1:1:1")}

	request("an empty request", ecKey, x509.CertificateRequest{})
	request("an RSA request", rsaKey, x509.CertificateRequest{Subject: pkix.Name{CommonName: "rsa"}, DNSNames: plain})
	request("an RSA-PSS request", rsaKey, x509.CertificateRequest{DNSNames: plain, SignatureAlgorithm: x509.SHA256WithRSAPSS})
	request("an Ed25519 request", edKey, x509.CertificateRequest{Subject: pkix.Name{CommonName: "ed"}, IPAddresses: addresses})
	request("several common names", ecKey, x509.CertificateRequest{Subject: pkix.Name{ExtraNames: names}})
	request("all names", ecKey, x509.CertificateRequest{
		DNSNames: plain, IPAddresses: addresses, EmailAddresses: []string{"a@example.com", "\"b c\"@example.com"},
		URIs: []*url.URL{uri("spiffe://trust/ns/a/sa/b"), uri("https://example.com/a%20b?c=d#e"), uri("urn:x:y"), uri("http://[2001:db8::1]:80/")},
	})
	request("an otherName", ecKey, x509.CertificateRequest{ExtraExtensions: []pkix.Extension{otherNameExtension()}})
	request("an unknown critical extension", ecKey, x509.CertificateRequest{ExtraExtensions: []pkix.Extension{
		{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 55555, 1}, Critical: true, Value: []byte{5, 0}},
	}})
	certificate("a plain certificate", ecKey, x509.Certificate{Subject: pkix.Name{ExtraNames: names}, DNSNames: plain, IPAddresses: addresses})
	certificate("an empty subject", rsaKey, x509.Certificate{DNSNames: plain, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageDecipherOnly})
	certificate("a CA with name constraints", edKey, x509.Certificate{
		Subject: pkix.Name{CommonName: "ca", Country: []string{"DE", "AT"}, PostalCode: []string{"1"}, SerialNumber: "2"},
		IsCA:    true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"example.com", ".example.org"}, ExcludedDNSDomains: []string{"bad.example.com"},
		PermittedIPRanges: []*net.IPNet{network("10.0.0.0/8"), network("2001:db8::/32")}, ExcludedIPRanges: []*net.IPNet{network("10.1.0.0/16")},
		PermittedEmailAddresses: []string{"example.com", "a@example.com"}, ExcludedEmailAddresses: []string{".example.net"},
		PermittedURIDomains: []string{"example.com"}, ExcludedURIDomains: []string{".example.net"},
	})
	certificate("a leaf with everything", ecKey, x509.Certificate{
		Subject: pkix.Name{CommonName: "leaf", Organization: []string{"b", "a"}}, BasicConstraintsValid: true, EmailAddresses: []string{"a@example.com"},
		ExtKeyUsage:        []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageAny, x509.ExtKeyUsageNetscapeServerGatedCrypto},
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 55555, 2}}, KeyUsage: 0x1ff,
		CRLDistributionPoints: []string{"http://example.com/crl", "http://example.com/crl2"}, OCSPServer: []string{"http://example.com/ocsp"},
		IssuingCertificateURL: []string{"http://example.com/ca"}, URIs: []*url.URL{uri("spiffe://trust/x")},
	})
	certificate("an unlimited CA", rsaKey, x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, MaxPathLen: -1})
	certificate("a CA of path length 3", ecKey, x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true, MaxPathLen: 3})
	return products
}

func otherNameExtension() pkix.Extension {
	type name struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"tag:0,explicit,utf8"`
	}
	upn, err := asn1.MarshalWithParams(name{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, "jö@example.com"}, "tag:0")
	must(err)
	dns := asn1.RawValue{Class: 2, Tag: 2, Bytes: []byte("example.com")}
	value, err := asn1.Marshal([]asn1.RawValue{{FullBytes: upn}, dns})
	must(err)
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}
}

func network(text string) *net.IPNet {
	_, result, err := net.ParseCIDR(text)
	must(err)
	return result
}
