{{/*
Command lines, without the component's name in front. All take a component (see _names.tpl).
*/}}

{{- define "certwright.firstArguments" -}}
- --v={{ int .root.Values.global.logLevel }}
{{- if .values.config }}
- --config={{ include "certwright.configFolder" . }}/config.yaml
{{- end }}
{{- end }}

{{- define "certwright.leaderElectionArguments" -}}
{{- with .root.Values.global.leaderElection }}
- --leader-election-namespace={{ .namespace }}
{{- with .leaseDuration }}
- --leader-election-lease-duration={{ . }}
{{- end }}
{{- with .renewDeadline }}
- --leader-election-renew-deadline={{ . }}
{{- end }}
{{- with .retryPeriod }}
- --leader-election-retry-period={{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "certwright.extraArguments" -}}
{{- with .values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "certwright.featureGates" -}}
{{- with .values.featureGates }}
- --feature-gates={{ . }}
{{- end }}
{{- end }}

{{- define "certwright.clusterResourceNamespace" -}}
{{ .Values.clusterResourceNamespace | default "$(POD_NAMESPACE)" }}
{{- end }}

{{- define "certwright.solverImage" -}}
{{ include "certwright.image" (dict "root" . "image" .Values.acmesolver.image) }}
{{- end }}

{{- define "certwright.controllerArguments" -}}
{{- $all := .root.Values }}
{{ include "certwright.firstArguments" . }}
- --cluster-resource-namespace={{ include "certwright.clusterResourceNamespace" .root }}
{{- include "certwright.leaderElectionArguments" . }}
- --acme-http01-solver-image={{ include "certwright.solverImage" .root }}
{{- with include "certwright.solverService" .root }}
- --acme-http01-solver-mode=shared
- --acme-http01-solver-service=$(POD_NAMESPACE)/{{ . }}
{{- end }}
{{- include "certwright.extraArguments" . }}
{{- with $all.ingressShim }}
{{- with .defaultIssuerName }}
- --default-issuer-name={{ . }}
{{- end }}
{{- with .defaultIssuerKind }}
- --default-issuer-kind={{ . }}
{{- end }}
{{- with .defaultIssuerGroup }}
- --default-issuer-group={{ . }}
{{- end }}
{{- end }}
{{- include "certwright.featureGates" . }}
{{- range $key, $value := $all.global.commonLabels }}
- --acme-http01-solver-extra-labels={{ $key }}={{ $value }}
{{- end }}
- --max-concurrent-challenges={{ int $all.maxConcurrentChallenges }}
{{- if $all.enableCertificateOwnerRef }}
- --enable-certificate-owner-ref=true
{{- end }}
{{- if $all.dns01RecursiveNameserversOnly }}
- --dns01-recursive-nameservers-only=true
{{- end }}
{{- with $all.dns01RecursiveNameservers }}
- --dns01-recursive-nameservers={{ . }}
{{- end }}
{{- if $all.disableAutoApproval }}
- --controllers=-certificaterequests-approver
{{- end }}
{{- with $all.acmesolver.runtimeClassName }}
- --acme-http01-solver-runtime-class-name={{ . }}
{{- end }}
{{- include "certwright.withoutMetrics" . }}
{{- end }}

{{- define "certwright.webhookArguments" -}}
{{- $tls := .values.config.tlsConfig | default dict }}
{{ include "certwright.firstArguments" . }}
{{- if not .values.config.securePort }}
- --secure-port={{ .values.securePort }}
{{- end }}
{{- include "certwright.featureGates" . }}
{{- if .values.enableClientVerification }}
- --enable-client-verification=true
{{- with .values.clientCAFile }}
- --client-ca-path={{ . }}
{{- end }}
{{- with .values.apiserverClientCertSubjects }}
- --client-subject-names={{ . }}
{{- end }}
{{- end }}
{{- if not (or $tls.dynamic $tls.filesystem) }}
- --dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)
- --dynamic-serving-ca-secret-name={{ include "certwright.webhookSecret" . }}
- --dynamic-serving-dns-names={{ .resource }}
- --dynamic-serving-dns-names={{ .resource }}.$(POD_NAMESPACE)
- --dynamic-serving-dns-names={{ .resource }}.$(POD_NAMESPACE).svc
{{- with .values.url.host }}
- --dynamic-serving-dns-names={{ . | splitList ":" | first }}
{{- end }}
{{- end }}
{{- include "certwright.extraArguments" . }}
{{- include "certwright.withoutMetrics" . }}
{{- end }}

{{- define "certwright.cainjectorArguments" -}}
{{ include "certwright.firstArguments" . }}
{{- include "certwright.leaderElectionArguments" . }}
{{- include "certwright.featureGates" . }}
{{- include "certwright.extraArguments" . }}
{{- include "certwright.withoutMetrics" . }}
{{- end }}

{{/* In a pod with several components the controller speaks for all. Alone it always has metrics, as in cert-manager. */}}
{{- define "certwright.withoutMetrics" -}}
{{- $speaks := ternary (not (empty .root.Values.combined)) (eq .role .home.role) (eq .role "controller") }}
{{- if and $speaks (not .root.Values.prometheus.enabled) }}
- --metrics-listen-address=0
{{- end }}
{{- end }}

{{/* The Secret with the CA of the webhook's serving certificate. */}}
{{- define "certwright.webhookSecret" -}}
{{ .resource }}-ca
{{- end }}
