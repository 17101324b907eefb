//! How a cluster's API is reached: from a pod of the cluster, by a kubeconfig, or as configured.
//! Source: <https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/>,
//! <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>

use crate::options::{Authorization, Client, ClusterAccess, Credential, Exec, Tls};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use serde::Deserialize;
use ship::http::{HttpClient, Url};
use std::path::{Path, PathBuf};

/// The API under the name that every cluster gives it.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// A way to the API.
pub(super) struct Reached {
    pub(super) client: HttpClient,
    pub(super) base: Url,
    /// The namespace of the pod, or of the kubeconfig's context.
    pub(super) own_namespace: Option<String>,
}

/// The error says what is missing.
pub(super) fn reach(access: &ClusterAccess) -> Result<Reached, String> {
    let (base, client, own_namespace) = match access {
        ClusterAccess::InCluster { account } => in_cluster(account)?,
        ClusterAccess::Server { url, client } => (url.clone(), (**client).clone(), None),
        ClusterAccess::Kubeconfig(path) => kubeconfig(path)?,
    };
    Ok(Reached {
        base: Url::parse(&base).map_err(|error| format!("{base:?}: {error}"))?,
        client: HttpClient::new(&client)?,
        own_namespace,
    })
}

type Way = (String, Client, Option<String>);

/// A pod finds its account's token and the cluster's certificate in a folder.
fn in_cluster(account: &Path) -> Result<Way, String> {
    let (token, ca) = (account.join("token"), account.join("ca.crt"));
    if !token.is_file() {
        return Err(format!(
            "without api_server and kubeconfig_file this has to run in a pod with a service account, and {} is not there",
            token.display()
        ));
    }
    let client = Client {
        authorization: Some(Authorization::Header {
            kind: "Bearer".to_owned(),
            credential: Credential::File(token),
        }),
        tls: Tls { ca: Some(Credential::File(ca)), ..Tls::default() },
        ..Client::default()
    };
    let namespace = std::fs::read_to_string(account.join("namespace")).ok();
    Ok((IN_CLUSTER.to_owned(), client, namespace.map(|name| name.trim().to_owned())))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Kubeconfig {
    current_context: String,
    contexts: Vec<NamedContext>,
    clusters: Vec<NamedCluster>,
    users: Vec<NamedUser>,
}

#[derive(Debug, Deserialize)]
struct NamedContext {
    name: String,
    context: Context,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    cluster: String,
    user: String,
    namespace: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Cluster,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Cluster {
    server: String,
    certificate_authority: Option<PathBuf>,
    certificate_authority_data: Option<String>,
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
    proxy_url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NamedUser {
    name: String,
    user: User,
}

/// A command that prints a token.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExecConfig {
    api_version: String,
    command: String,
    #[serde(deserialize_with = "maybe")]
    args: Vec<String>,
    #[serde(deserialize_with = "maybe")]
    env: Vec<Variable>,
}

#[derive(Debug, Deserialize)]
struct Variable {
    name: String,
    value: String,
}

/// Tools write `args: null` where there is none.
fn maybe<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl ExecConfig {
    /// A relative path with a folder begins at the file's folder.
    fn options(&self, folder: &Path) -> Exec {
        let command = match self.command.contains('/') {
            true => folder.join(&self.command).display().to_string(),
            false => self.command.clone(),
        };
        let env = self.env.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
        Exec { command, args: self.args.clone(), env, api_version: self.api_version.clone() }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct User {
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_certificate_data: Option<String>,
    client_key: Option<PathBuf>,
    client_key_data: Option<String>,
    username: Option<String>,
    password: Option<String>,
    exec: Option<ExecConfig>,
    auth_provider: Option<serde::de::IgnoredAny>,
}

fn kubeconfig(path: &Path) -> Result<Way, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    let config: Kubeconfig = serde_norway::from_str(&text).map_err(|error| named(&error))?;
    let missing = |what: &str, name: &str| format!("{}: there is no {what} {name:?}", path.display());
    let context = &config
        .contexts
        .iter()
        .find(|context| context.name == config.current_context)
        .ok_or_else(|| missing("context", &config.current_context))?
        .context;
    let cluster = config.clusters.iter().find(|cluster| cluster.name == context.cluster);
    let cluster = &cluster.ok_or_else(|| missing("cluster", &context.cluster))?.cluster;
    let none = User::default();
    let user = config.users.iter().find(|user| user.name == context.user).map_or(&none, |named| &named.user);
    if user.auth_provider.is_some() {
        return Err(format!(
            "{}: auth-provider was removed from Kubernetes; let the user's exec run a command for its token",
            path.display()
        ));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let pem = |data: &Option<String>, file: &Option<PathBuf>| match (data, file) {
        (Some(data), _) => base64(data).map(|pem| Some(Credential::Text(pem))),
        (None, file) => Ok(file.as_ref().map(|file| Credential::File(folder.join(file)))),
    };
    let authorization = match (&user.token, &user.token_file, &user.username) {
        (_, Some(file), _) => Some(bearer(Credential::File(folder.join(file)))),
        (Some(token), ..) => Some(bearer(Credential::Text(token.clone()))),
        (.., Some(name)) => Some(Authorization::Basic {
            name: Credential::Text(name.clone()),
            password: Credential::Text(user.password.clone().unwrap_or_default()),
        }),
        _ => user.exec.as_ref().map(|exec| Authorization::Exec(Box::new(exec.options(folder)))),
    };
    let client = Client {
        authorization,
        tls: Tls {
            ca: pem(&cluster.certificate_authority_data, &cluster.certificate_authority)?,
            certificate: pem(&user.client_certificate_data, &user.client_certificate)?,
            key: pem(&user.client_key_data, &user.client_key)?,
            server_name: cluster.tls_server_name.clone(),
            skip_verification: cluster.insecure_skip_tls_verify,
            ..Tls::default()
        },
        proxy: cluster.proxy_url.clone(),
        ..Client::default()
    };
    Ok((cluster.server.clone(), client, context.namespace.clone()))
}

fn bearer(credential: Credential) -> Authorization {
    Authorization::Header { kind: "Bearer".to_owned(), credential }
}

/// A text in base 64, white space left out.
fn base64(text: &str) -> Result<String, String> {
    let packed: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.ok_or_else(|| "a certificate or key is no text in base 64".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_of_base_64() {
        assert_eq!(base64("LS0t\nQUI=").as_deref(), Ok("---AB"));
        assert!(base64("?").is_err() && base64("/w==").is_err());
    }

    #[test]
    fn a_kubeconfig_says_where_and_who() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let text = "current-context: b\ncontexts:\n- {name: a, context: {cluster: x}}\n\
                    - {name: b, context: {cluster: c, user: u, namespace: own}}\n\
                    clusters:\n- {name: c, cluster: {server: 'https://k:6443', certificate-authority-data: LS0t}}\n\
                    users:\n- {name: u, user: {token: T, client-certificate: cert.pem}}\n";
        std::fs::write(&path, text).unwrap();
        let (server, client, namespace) = kubeconfig(&path).unwrap();
        assert_eq!((server.as_str(), namespace.as_deref()), ("https://k:6443", Some("own")));
        assert_eq!(client.authorization, Some(bearer(Credential::Text("T".to_owned()))));
        assert_eq!(client.tls.ca, Some(Credential::Text("---".to_owned())));
        assert_eq!(client.tls.certificate, Some(Credential::File(folder.path().join("cert.pem"))));
        for (from, to, says) in [
            ("current-context: b", "current-context: z", "no context \"z\""),
            ("cluster: c,", "cluster: z,", "no cluster \"z\""),
            ("token: T", "auth-provider: {name: x}", "let the user's exec run a command"),
        ] {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let error = kubeconfig(&path).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let exec = "exec: {apiVersion: v1, command: bin/get, args: null, env: [{name: A, value: b}]}";
        std::fs::write(&path, text.replace("token: T", exec)).unwrap();
        let Some(Authorization::Exec(exec)) = kubeconfig(&path).unwrap().1.authorization else {
            panic!("it is exec")
        };
        assert_eq!((exec.api_version.as_str(), exec.env[0].1.as_str(), exec.args.len()), ("v1", "b", 0));
        assert_eq!(exec.command, folder.path().join("bin/get").display().to_string());
        let none = in_cluster(folder.path()).unwrap_err();
        assert!(none.contains("service account"), "{none}");
    }
}
