{{/*
Deployments and what their pods have in common. All take a component (see _names.tpl).
*/}}

{{/* Takes `root` and `image`, the part of the values. */}}
{{- define "certwright.image" -}}
{{- $all := .root.Values }}
{{- $parts := list $all.imageRegistry $all.imageNamespace .image.name }}
{{- if .image.repository }}
{{- $parts = list .image.registry .image.repository }}
{{- else if .image.registry }}
{{- $parts = list .image.registry $all.imageNamespace .image.name }}
{{- end }}
{{- $parts | compact | join "/" }}
{{- if .image.digest }}
{{- with .image.tag }}:{{ . }}{{ end }}@{{ .image.digest }}
{{- else -}}
:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{/* Old releases had a switch among the settings. */}}
{{- define "certwright.podSecurityContext" -}}
{{- if ne (toString .enabled) "false" }}
{{- with omit . "enabled" }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where and as whom pods run. */}}
{{- define "certwright.podPlacement" -}}
{{- $global := .root.Values.global }}
serviceAccountName: {{ include "certwright.serviceAccountName" . }}
{{- if hasKey .values "automountServiceAccountToken" }}
automountServiceAccountToken: {{ .values.automountServiceAccountToken }}
{{- end }}
enableServiceLinks: {{ .values.enableServiceLinks }}
{{- if or (not .values.serviceAccount.create) (eq .role "startupapicheck") }}
{{- with $global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with $global.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .values.runtimeClassName | default $global.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- if hasKey $global "hostUsers" }}
hostUsers: {{ $global.hostUsers }}
{{- end }}
{{- include "certwright.podSecurityContext" .values.securityContext }}
{{- with merge (dict) $global.nodeSelector .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $key := list "affinity" "tolerations" "topologySpreadConstraints" }}
{{- with index $.values $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* A container's beginning: name, image and what it may do. */}}
{{- define "certwright.container" -}}
name: cert-manager-{{ .role }}
image: {{ include "certwright.image" (dict "root" .root "image" .values.image) | quote }}
imagePullPolicy: {{ .values.image.pullPolicy }}
{{- with .values.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "certwright.environment" -}}
env:
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef:
        fieldPath: metadata.namespace
  {{- range $name := list "http_proxy" "https_proxy" "no_proxy" }}
  {{- with index $.values $name }}
  - name: {{ upper $name }}
    value: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- with .values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Where a component's configuration file lies in its pod. In a pod with several, each has a folder of its own. */}}
{{- define "certwright.configFolder" -}}
/var/cert-manager/{{ if ne .role .home.role }}{{ .role }}-{{ end }}config
{{- end }}

{{- define "certwright.configVolume" -}}
{{ if ne .role .home.role }}{{ .role }}-{{ end }}config
{{- end }}

{{/* Those of `inside` (components that run in these pods) that have a configuration file. */}}
{{- define "certwright.volumeMounts" -}}
{{- $mounts := list }}
{{- range .inside }}
{{- if .values.config }}
{{- $mounts = append $mounts (dict "name" (include "certwright.configVolume" .) "mountPath" (include "certwright.configFolder" .)) }}
{{- end }}
{{- end }}
{{- with concat $mounts .values.volumeMounts }}
volumeMounts:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "certwright.volumes" -}}
{{- $volumes := list }}
{{- range .inside }}
{{- if .values.config }}
{{- $volumes = append $volumes (dict "name" (include "certwright.configVolume" .) "configMap" (dict "name" .resource)) }}
{{- end }}
{{- end }}
{{- with concat $volumes .values.volumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Pods are replaced when a configuration file changes: they read it once. */}}
{{- define "certwright.podAnnotations" -}}
{{- $prometheus := .root.Values.prometheus }}
{{- $scrape := dict }}
{{- if and $prometheus.enabled (not (or $prometheus.servicemonitor.enabled $prometheus.podmonitor.enabled)) }}
{{- $scrape = dict "prometheus.io/path" "/metrics" "prometheus.io/scrape" "true" "prometheus.io/port" "9402" }}
{{- end }}
{{- $configs := list }}
{{- range .inside }}
{{- with .values.config }}
{{- $configs = append $configs . }}
{{- end }}
{{- end }}
{{- $checksum := empty $configs | ternary dict (dict "checksum/config" (toJson $configs | sha256sum)) }}
{{- include "certwright.annotations" (merge (dict) (.values.podAnnotations | default dict) $scrape $checksum) }}
{{- end }}

{{/* The port of webhook and cainjector that metrics are at, if they are on. Takes the chart's context. */}}
{{- define "certwright.metricsPorts" -}}
{{- if .Values.prometheus.enabled }}
- name: http-metrics
  containerPort: 9402
{{- else }}
[]
{{- end }}
{{- end }}

{{/* The times of a probe. */}}
{{- define "certwright.probeTimes" -}}
{{ toYaml (pick . "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "successThreshold" "failureThreshold") }}
{{- end }}

{{/*
A whole Deployment. Besides the component itself, the dict has
  inside  the components that run in these pods
  args    the container's arguments, as YAML
  ports   its ports: dicts with name and containerPort
  probes  its probes, as YAML
  more    settings of the pod that only this one has, as YAML
*/}}
{{- define "certwright.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "certwright.metadata" . | nindent 2 }}
  {{- include "certwright.annotations" .values.deploymentAnnotations | nindent 2 }}
spec:
  replicas: {{ .values.replicaCount }}
  {{- if hasKey .root.Values.global "revisionHistoryLimit" }}
  revisionHistoryLimit: {{ .root.Values.global.revisionHistoryLimit }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "certwright.selectorLabels" . | nindent 6 }}
  {{- with .values.strategy }}
  strategy:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "certwright.labels" . | nindent 8 }}
        {{- with .values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- include "certwright.podAnnotations" . | nindent 6 }}
    spec:
      {{- include "certwright.podPlacement" . | nindent 6 }}
      {{- .more | nindent 6 }}
      containers:
        - {{ include "certwright.container" . | nindent 10 | trim }}
          args:
            {{- .args | nindent 12 }}
          {{- with .ports }}
          ports:
            {{- range . }}
            - name: {{ .name }}
              protocol: TCP
              containerPort: {{ .containerPort }}
            {{- end }}
          {{- end }}
          {{- .probes | nindent 10 }}
          {{- include "certwright.environment" . | nindent 10 }}
          {{- include "certwright.volumeMounts" . | nindent 10 }}
        {{- with .values.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- include "certwright.volumes" . | nindent 6 }}
{{- end }}
