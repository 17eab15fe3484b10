{{/*
Roles with their bindings.
*/}}

{{/* The ServiceAccount of a component, as the list of subjects. */}}
{{- define "certwright.subject" -}}
- kind: ServiceAccount
  name: {{ include "certwright.serviceAccountName" . }}
  namespace: {{ include "certwright.namespace" .root }}
{{- end }}

{{/* A component with `name` for what the role is called, and `rules`; `label` overrides the label app.kubernetes.io/component. */}}
{{- define "certwright.clusterRole" -}}
{{- $labelled := merge (dict "role" (.label | default .role)) . }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .name }}
  labels:
    {{- include "certwright.labels" $labelled | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "certwright.labels" $labelled | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .name }}
subjects:
  {{- include "certwright.subject" . | nindent 2 }}
{{- end }}

{{/* The same in one namespace, which is `namespace`. */}}
{{- define "certwright.role" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "certwright.labels" . | nindent 4 }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "certwright.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
subjects:
  {{- include "certwright.subject" . | nindent 2 }}
{{- end }}

{{/* The Secrets that a component keeps serving authorities in: those of its own namespace that its configuration names. */}}
{{- define "certwright.servingSecrets" -}}
{{- $component := . }}
{{- $names := list }}
{{- if eq .role "webhook" }}
{{- $names = append $names (include "certwright.webhookSecret" .) }}
{{- end }}
{{- range $key := list "tlsConfig" "metricsTLSConfig" }}
{{- $dynamic := (index $component.values.config $key | default dict).dynamic | default dict }}
{{- if and $dynamic.secretName (eq $dynamic.secretNamespace (include "certwright.namespace" $component.root)) }}
{{- $names = append $names $dynamic.secretName }}
{{- end }}
{{- end }}
{{- $names | uniq | toYaml }}
{{- end }}
