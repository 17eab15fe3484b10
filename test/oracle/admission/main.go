// Command admission answers AdmissionReview requests as upstream's webhook does: one JSON request a line in, one response a line out. It is
// upstream's own chain of plug-ins, with an authorizer and a discovery that take their answers from the environment of the test.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/client-go/discovery"
	fakediscovery "k8s.io/client-go/discovery/fake"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	acmeinstall "github.com/cert-manager/cert-manager/internal/apis/acme/install"
	cminstall "github.com/cert-manager/cert-manager/internal/apis/certmanager/install"
	metainstall "github.com/cert-manager/cert-manager/internal/apis/meta/install"
	"github.com/cert-manager/cert-manager/internal/webhook/admission/certificaterequest/approval"
	"github.com/cert-manager/cert-manager/internal/webhook/admission/certificaterequest/identity"
	"github.com/cert-manager/cert-manager/internal/webhook/admission/resourcevalidation"
	cmadmission "github.com/cert-manager/cert-manager/pkg/webhook/admission"
)

// question is one line of input. Signers are the names that the requester may approve.
type question struct {
	Path    string                       `json:"path"`
	Signers []string                     `json:"signers"`
	Request admissionv1.AdmissionRequest `json:"request"`
}

type answer struct {
	Allowed  bool            `json:"allowed"`
	Code     int32           `json:"code"`
	Reason   string          `json:"reason"`
	Message  string          `json:"message"`
	Warnings []string        `json:"warnings"`
	Patches  json.RawMessage `json:"patches"`
}

type signers struct{ allowed []string }

func (s *signers) Authorize(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
	if a.GetVerb() == "approve" && a.GetResource() == "signers" && slices.Contains(s.allowed, a.GetName()) {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionDeny, "", nil
}

func discoveryOfKnownKinds() discovery.DiscoveryInterface {
	fake := &clienttesting.Fake{}
	fake.Resources = []*metav1.APIResourceList{
		{GroupVersion: "cert-manager.io/v1", APIResources: []metav1.APIResource{
			{Name: "issuers", Kind: "Issuer", Namespaced: true, Group: "cert-manager.io", Version: "v1"},
			{Name: "clusterissuers", Kind: "ClusterIssuer", Namespaced: false, Group: "cert-manager.io", Version: "v1"},
		}},
		{GroupVersion: "example.com/v1", APIResources: []metav1.APIResource{
			{Name: "signers", Kind: "Signer", Namespaced: true, Group: "example.com", Version: "v1"},
		}},
	}
	return &fakediscovery.FakeDiscovery{Fake: fake}
}

func main() {
	scheme := runtime.NewScheme()
	cminstall.Install(scheme)
	acmeinstall.Install(scheme)
	metainstall.Install(scheme)
	known := &signers{}
	chain := cmadmission.PluginChain([]cmadmission.Interface{
		identity.NewPlugin(),
		approval.NewPlugin(known, discoveryOfKnownKinds()),
		resourcevalidation.NewPlugin(),
	})
	webhooks := map[string]*admission.Webhook{
		"/validate": cmadmission.NewCustomValidationWebhook(scheme, chain),
		"/mutate":   cmadmission.NewCustomMutationWebhook(chain),
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		known.allowed = q.Signers
		encoded, _ := json.Marshal(ask(webhooks[q.Path], q.Request))
		out.Write(append(encoded, '\n'))
		out.Flush()
	}
}

func ask(webhook *admission.Webhook, request admissionv1.AdmissionRequest) (result answer) {
	defer func() {
		if r := recover(); r != nil {
			result = answer{Code: 500, Message: fmt.Sprint(r)}
		}
	}()
	request.RequestResource = &request.Resource
	request.RequestKind = &request.Kind
	request.RequestSubResource = request.SubResource
	response := webhook.Handle(context.Background(), admission.Request{AdmissionRequest: request})
	result = answer{Allowed: response.Allowed, Warnings: response.Warnings}
	if response.Result != nil {
		result.Code, result.Reason, result.Message = response.Result.Code, string(response.Result.Reason), response.Result.Message
	}
	if len(response.Patches) > 0 {
		result.Patches, _ = json.Marshal(response.Patches)
	}
	return result
}
