/** Places of the file system and what they mean for a baseline. */

/** A generalised path whose reading or writing is worth an alert of its own. */
const sensitive =
  /^\/(?:etc\/(?:shadow|gshadow|passwd|group|sudoers|pam\.d|ssh|ssl\/private|security|cron|systemd|ld\.so\.preload|krb5)|boot\/|(?:root|home\/<user>)\/\.(?:ssh|gnupg|aws|azure|kube|docker|netrc|git-credentials|bash|zsh|profile|config\/(?:systemd|gcloud|autostart))|proc\/<pid>\/(?:mem|environ|maps)|proc\/sys\/kernel|dev\/(?:mem|kmem|sd|nvme|vd|input)|var\/spool\/cron|run\/(?:docker|containerd)|var\/lib\/(?:docker|kubelet|sss))/;

export function isSensitive(path: string): boolean {
  return sensitive.test(path);
}

/** Reading here is how every program starts: libraries, translations, time zones, devices' attributes. */
const ordinary =
  /^\/(?:usr\/(?:lib|lib64|lib32|libx32|share|include|libexec|local\/lib|local\/share)\/|lib\/|lib64\/|lib32\/|sys\/|proc\/(?:<pid>\/(?!mem|environ|maps)|[a-z]+$|sys\/(?:kernel\/(?:ngroups|cap_last|osrelease|random|pid_max|threads)|vm|fs|net))|etc\/(?:ld\.so\.|locale|localtime|nsswitch\.conf|resolv\.conf|hosts$|host\.conf|passwd$|group$|gai\.conf|protocols|services|ssl\/(?:certs|openssl)|selinux|terminfo|alternatives)|dev\/(?:null|zero|tty|urandom|random|pts|full|std|shm)|memfd:|pipe:|socket:|anon_inode)/;

/** A generalised path whose reading tells nothing about a program. */
export function isOrdinaryRead(path: string): boolean {
  return path[0] !== '/' || ordinary.test(path);
}

/** Writing here tells nothing: a terminal, the null device. */
export function isOrdinaryWrite(path: string): boolean {
  return (
    path[0] !== '/' ||
    /^\/(?:dev\/(?:null|tty|pts|zero|full|std|ptmx)|proc\/<pid>\/(?:task|fd|attr|oom|comm|loginuid|setgroups|[ug]id_map|timerslack))/.test(
      path,
    )
  );
}

/** Too general to be usual as a whole, however many names a program used there. */
const neverFolded =
  /^\w+ (?!\/(?:tmp|var\/tmp|dev\/shm)$)(?:\/[^/]*|\/(?:usr|var|home|run|proc|sys|mnt|media|srv)\/[^/]*|\/(?:root|home\/<user>)\/\.(?:ssh|gnupg|aws|kube|config))$/;

/** May one entry for the folder (of the form `read /a/b`) stand for this value below it? Never for a sensitive one. */
export function mayFold(folder: string, value: string): boolean {
  return !neverFolded.test(folder) && !isSensitive(value.slice(value.indexOf(' ') + 1));
}
