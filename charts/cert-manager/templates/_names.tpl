{{/*
Names and labels. Most partials take a component: a dict made by "certwright.components".
*/}}

{{- define "certwright.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "certwright.fullname" -}}
{{- $name := include "certwright.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "certwright.namespace" -}}
{{- .Values.namespace | default .Release.Namespace }}
{{- end }}

{{/*
Adds to the dict it is given (`root`: the chart's own context) one dict a component:
  role      what it is, and its label app.kubernetes.io/component
  app       its labels app and app.kubernetes.io/name
  resource  the name of its Deployment, Service, …
  values    its part of the values
  home      the component in whose pods it runs: itself, or the controller with `combined`
*/}}
{{- define "certwright.components" -}}
{{- $full := include "certwright.fullname" .root }}
{{- $base := $full | trunc 52 | trimSuffix "-" }}
{{- $values := .root.Values }}
{{- $controller := dict "role" "controller" "app" (include "certwright.name" .root) "resource" $full "values" $values }}
{{- $webhook := dict "role" "webhook" "resource" (printf "%s-webhook" ($full | trunc 55 | trimSuffix "-")) }}
{{- $cainjector := dict "role" "cainjector" "resource" (printf "%s-cainjector" $base) }}
{{- $check := dict "role" "startupapicheck" "resource" (printf "%s-startupapicheck" $base) }}
{{- range $each := list $controller $webhook $cainjector $check }}
{{- $_ := set $each "root" $.root }}
{{- $_ := set $each "values" ($each.values | default (index $values $each.role)) }}
{{- $_ := set $each "app" ($each.app | default $each.role) }}
{{- $isInController := and (not (empty $values.combined)) (ne $each.role "startupapicheck") }}
{{- $_ := set $each "home" (ternary $controller $each $isInController) }}
{{- $_ := set $ $each.role $each }}
{{- end }}
{{- end }}

{{/* What a Service, Deployment or policy finds pods by. Never changes: Deployments could not be upgraded. */}}
{{- define "certwright.selectorLabels" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role | quote }}
{{- end }}

{{- define "certwright.labels" -}}
app: {{ .app }}
{{ include "certwright.selectorLabels" . }}
{{ include "certwright.releaseLabels" .root }}
{{- end }}

{{/* Labels of everything in the release; takes the chart's context. */}}
{{- define "certwright.releaseLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- if eq .Values.creator "helm" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
{{- with .Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "certwright.serviceAccountName" -}}
{{- $account := .home.values.serviceAccount }}
{{- $account.name | default (ternary .home.resource "default" $account.create) }}
{{- end }}

{{/* metadata of an object in the namespace of the release, but its annotations. */}}
{{- define "certwright.metadata" -}}
name: {{ .resource }}
namespace: {{ include "certwright.namespace" .root }}
labels:
  {{- include "certwright.labels" . | nindent 2 }}
{{- end }}

{{/* `annotations:` with the given map, or nothing. */}}
{{- define "certwright.annotations" -}}
{{- with . }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The name of the Service that leads to the shared solver; nothing where each challenge has a pod. Takes the chart's context. */}}
{{- define "certwright.solverService" -}}
{{- if eq .Values.acmesolver.mode "shared" }}
{{- printf "%s-acme-solver" (include "certwright.fullname" . | trunc 51 | trimSuffix "-") }}
{{- end }}
{{- end }}

{{/* Services for metrics are of use unless a PodMonitor finds the pods by itself. */}}
{{- define "certwright.servesMetrics" -}}
{{- if and .Values.prometheus.enabled (not .Values.prometheus.podmonitor.enabled) }}yes{{ end }}
{{- end }}
