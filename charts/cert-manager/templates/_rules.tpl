{{/*
What each ClusterRole of the controller allows: "certwright.rules.<name>". The same stands in src/cmd/access, and a test compares the two.
*/}}

{{- define "certwright.rules.events" -}}
- { apiGroups: [""], resources: [events], verbs: [create, patch] }
{{- end }}

{{- define "certwright.rules.controller-issuers" -}}
- { apiGroups: [cert-manager.io], resources: [issuers, issuers/status], verbs: [update, patch] }
- { apiGroups: [cert-manager.io], resources: [issuers], verbs: [get, list, watch] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch, create, update, delete] }
{{ include "certwright.rules.events" . }}
{{- end }}

{{- define "certwright.rules.controller-clusterissuers" -}}
- { apiGroups: [cert-manager.io], resources: [clusterissuers, clusterissuers/status], verbs: [update, patch] }
- { apiGroups: [cert-manager.io], resources: [clusterissuers], verbs: [get, list, watch] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch, create, update, delete] }
{{ include "certwright.rules.events" . }}
{{- end }}

{{- define "certwright.rules.controller-certificates" -}}
- apiGroups: [cert-manager.io]
  resources: [certificates, certificates/status, certificaterequests, certificaterequests/status]
  verbs: [update, patch]
- apiGroups: [cert-manager.io]
  resources: [certificates, certificaterequests, clusterissuers, issuers]
  verbs: [get, list, watch]
- { apiGroups: [cert-manager.io], resources: [certificates/finalizers, certificaterequests/finalizers], verbs: [update] }
- { apiGroups: [acme.cert-manager.io], resources: [orders], verbs: [create, delete, get, list, watch] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch, create, update, delete, patch] }
{{ include "certwright.rules.events" . }}
{{- end }}

{{- define "certwright.rules.controller-orders" -}}
- { apiGroups: [acme.cert-manager.io], resources: [orders, orders/status], verbs: [update, patch] }
- { apiGroups: [acme.cert-manager.io], resources: [orders, challenges], verbs: [get, list, watch] }
- { apiGroups: [cert-manager.io], resources: [clusterissuers, issuers], verbs: [get, list, watch] }
- { apiGroups: [acme.cert-manager.io], resources: [challenges], verbs: [create, delete] }
- { apiGroups: [acme.cert-manager.io], resources: [orders/finalizers], verbs: [update] }
- { apiGroups: [cert-manager.io], resources: [clusterissuers/finalizers, issuers/finalizers], verbs: [update] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch] }
{{ include "certwright.rules.events" . }}
{{- end }}

{{- define "certwright.rules.controller-challenges" -}}
- { apiGroups: [acme.cert-manager.io], resources: [challenges, challenges/status], verbs: [update, patch] }
- { apiGroups: [acme.cert-manager.io], resources: [challenges], verbs: [get, list, watch] }
- { apiGroups: [cert-manager.io], resources: [issuers, clusterissuers], verbs: [get, list, watch] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch] }
{{ include "certwright.rules.events" . }}
- { apiGroups: [""], resources: [pods, services], verbs: [get, list, watch, create, delete] }
- { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch, create, delete, update] }
- { apiGroups: [gateway.networking.k8s.io], resources: [httproutes], verbs: [get, list, watch, create, delete, update] }
- { apiGroups: [route.openshift.io], resources: [routes/custom-host], verbs: [create] }
- { apiGroups: [acme.cert-manager.io], resources: [challenges/finalizers], verbs: [update] }
{{- end }}

{{- define "certwright.rules.controller-ingress-shim" -}}
- { apiGroups: [cert-manager.io], resources: [certificates, certificaterequests], verbs: [create, update, delete] }
- apiGroups: [cert-manager.io]
  resources: [certificates, certificaterequests, issuers, clusterissuers]
  verbs: [get, list, watch]
- { apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [get, list, watch] }
- { apiGroups: [networking.k8s.io], resources: [ingresses/finalizers], verbs: [update] }
- { apiGroups: [gateway.networking.k8s.io], resources: [gateways, httproutes, listenersets], verbs: [get, list, watch] }
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways/finalizers, httproutes/finalizers, listenersets/finalizers]
  verbs: [update]
{{ include "certwright.rules.events" . }}
{{- end }}

{{- define "certwright.rules.controller-approve:cert-manager-io" -}}
- apiGroups: [cert-manager.io]
  resources: [signers]
  verbs: [approve]
  {{- with .Values.approveSignerNames }}
  resourceNames:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "certwright.rules.controller-certificatesigningrequests" -}}
- { apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [get, list, watch, update] }
- { apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/status], verbs: [update, patch] }
- apiGroups: [certificates.k8s.io]
  resources: [signers]
  verbs: [sign]
  resourceNames: [issuers.cert-manager.io/*, clusterissuers.cert-manager.io/*]
- { apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create] }
{{- end }}

{{- define "certwright.rules.cainjector" -}}
- { apiGroups: [cert-manager.io], resources: [certificates], verbs: [get, list, watch] }
- { apiGroups: [""], resources: [secrets], verbs: [get, list, watch] }
- { apiGroups: [""], resources: [events], verbs: [get, create, update, patch] }
- apiGroups: [admissionregistration.k8s.io]
  resources: [validatingwebhookconfigurations, mutatingwebhookconfigurations]
  verbs: [get, list, watch, update, patch]
- { apiGroups: [apiregistration.k8s.io], resources: [apiservices], verbs: [get, list, watch, update, patch] }
- { apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get, list, watch, update, patch] }
{{- end }}

{{- define "certwright.rules.webhook:subjectaccessreviews" -}}
- { apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create] }
{{- end }}

{{/* Takes the Secrets of a serving authority as a list of names. */}}
{{- define "certwright.rules.dynamic-serving" -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, update]
  resourceNames:
    {{- toYaml . | nindent 4 }}
- { apiGroups: [""], resources: [secrets], verbs: [create] }
{{- end }}

{{/* Takes the names of Leases as a list. */}}
{{- define "certwright.rules.leaderelection" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, update, patch]
  resourceNames:
    {{- toYaml . | nindent 4 }}
- { apiGroups: [coordination.k8s.io], resources: [leases], verbs: [create] }
{{- end }}
