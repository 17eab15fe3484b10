// Upstream's own answers about Orders and Challenges, one JSON line a question: the name of the Order of a request, and the spec and name of the
// Challenge of an authorization. What it asks is not exported, so it is linked by name.
package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net"
	"os"
	_ "unsafe"

	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	cmacme "github.com/cert-manager/cert-manager/pkg/apis/acme/v1"
	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
)

//go:linkname challengeSpec github.com/cert-manager/cert-manager/pkg/controller/acmeorders.partialChallengeSpecForAuthorization
func challengeSpec(context.Context, cmapi.GenericIssuer, *cmacme.Order, cmacme.ACMEAuthorization) (*cmacme.ChallengeSpec, error)

//go:linkname buildOrder github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme.buildOrder
func buildOrder(*cmapi.CertificateRequest, *x509.CertificateRequest, bool, string, string) (*cmacme.Order, error)

type question struct {
	Request       *cmapi.CertificateRequest
	CommonName    string
	DNSNames      []string
	IPAddresses   []string
	WithDuration  bool
	Profile       string
	Replaces      string
	Order         *cmacme.Order
	Issuer        *cmapi.Issuer
	Authorization *cmacme.ACMEAuthorization
}

type answer struct {
	Name  string `json:"name,omitempty"`
	Spec  any    `json:"spec,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		if err := out.Encode(answerTo(asked)); err != nil {
			panic(err)
		}
	}
}

func answerTo(asked question) answer {
	if asked.Request != nil {
		csr := &x509.CertificateRequest{Subject: pkix.Name{CommonName: asked.CommonName}, DNSNames: asked.DNSNames}
		for _, text := range asked.IPAddresses {
			csr.IPAddresses = append(csr.IPAddresses, net.ParseIP(text))
		}
		order, err := buildOrder(asked.Request, csr, asked.WithDuration, asked.Profile, asked.Replaces)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Name: order.Name, Spec: order.Spec}
	}
	spec, err := challengeSpec(context.Background(), asked.Issuer, asked.Order, *asked.Authorization)
	if err != nil {
		return answer{Error: err.Error()}
	}
	name, err := apiutil.ComputeName(asked.Order.Name, spec)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Name: name, Spec: spec}
}
