using System.Collections.Frozen;

namespace Writ.Shell.Resolving;

/// <summary>Programs that run other programs. One line each: name, short options, long options, operands before the
/// command, what the rest is, options whose value is code. An option that is not here makes the line unresolved, so a
/// missing one costs a question, never a mistake.</summary>
static class ProgramGrammars
{
    public static ProgramGrammar? Find(string name) => _byName.GetValueOrDefault(name);

    static readonly FrozenDictionary<string, ProgramGrammar> _byName = Read();

    static FrozenDictionary<string, ProgramGrammar> Read()
    {
        var found = new Dictionary<string, ProgramGrammar>(StringComparer.Ordinal);
        foreach (var line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var grammar = ProgramGrammar.Read(line);
            foreach (var name in grammar.Name.Split(','))
                found.Add(name.Trim(), grammar with { Name = name.Trim() });
        }
        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    const string Table = """
        env | 0iu:C:vS: | ignore-environment,null,unset=,chdir=,split-string=,debug,block-signal=?,default-signal=?,ignore-signal=?,list-signal-handling,argv0=,help,version | 0 | command assigns |
        sudo | AbBC:D:eEg:h:HikKlnNp:PR:r:sST:t:u:U:vV | askpass,background,bell,close-from=,chdir=,edit,preserve-env=?,group=,set-home,help,host=,login,remove-timestamp,reset-timestamp,list,non-interactive,no-update,preserve-groups,prompt=,chroot=,role=,stdin,shell,type=,command-timeout=,other-user=,user=,version,validate | 0 | command assigns |
        doas | a:C:Lnsu: | | 0 | command |
        su | c:g:G:lmpPs:fw:hV | command=,session-command=,fast,group=,supp-group=,login,preserve-environment,pty,shell=,whitelist-environment=,help,version | 0 | none | c,command,session-command
        runuser | c:u:g:G:lmpPs:fw:hV | command=,session-command=,user=,fast,group=,supp-group=,login,preserve-environment,pty,shell=,whitelist-environment=,help,version | 0 | command | c,command,session-command
        pkexec | u: | user=,disable-internal-agent,keep-cwd,version,help | 0 | command |
        gosu,su-exec | | | 1 | command |
        chroot | | groups=,userspec=,skip-chdir,help,version | 1 | command |
        nsenter | t:m::u::i::n::p::U::C::T::S:G:r::w::W:FZahVe | all,target=,mount=?,uts=?,ipc=?,net=?,pid=?,user=?,cgroup=?,time=?,setuid=,setgid=,root=?,wd=?,wdns=,env,no-fork,follow-context,preserve-credentials,help,version | 0 | command |
        unshare | m::u::i::n::p::U::C::T::frcR:w:S:G:hV | mount=?,uts=?,ipc=?,net=?,pid=?,user=?,cgroup=?,time=?,fork,map-root-user,map-current-user,map-auto,map-user=,map-group=,map-users=,map-groups=,kill-child=?,mount-proc=?,propagation=,setgroups=,root=,wd=,setuid=,setgid=,keep-caps,monotonic=,boottime=,help,version | 0 | command |
        setpriv | dhV | dump,clear-groups,keep-groups,init-groups,groups=,inh-caps=,ambient-caps=,bounding-set=,ruid=,euid=,rgid=,egid=,reuid=,regid=,securebits=,pdeathsig=,selinux-label=,apparmor-profile=,no-new-privs,reset-env,help,version | 0 | command |
        time | af:o:pqvV | append,format=,output=,portability,quiet,verbose,help,version | 0 | command |
        timeout | fk:s:v | foreground,kill-after=,preserve-status,signal=,verbose,help,version | 1 | command |
        nice | n:0123456789 | adjustment=,help,version | 0 | command |
        ionice | c:n:p:P:u:tV | class=,classdata=,pid=,pgid=,uid=,ignore,help,version | 0 | command |
        chrt | abdfiormRT:P:D:pvhV | all-tasks,batch,deadline,fifo,idle,other,rr,max,reset-on-fork,sched-runtime=,sched-period=,sched-deadline=,pid,verbose,help,version | 1 | command |
        taskset | acphV | all-tasks,cpu-list,pid,help,version | 1 | command |
        stdbuf | i:o:e: | input=,output=,error=,help,version | 0 | command |
        setsid | cfwhV | ctty,fork,wait,help,version | 0 | command |
        nohup | | help,version | 0 | command |
        flock | sxeunow:c:E:FvhV | shared,exclusive,unlock,nonblock,nb,timeout=,wait=,close,command=,conflict-exit-code=,no-fork,verbose,help,version | 1 | command | c,command
        script | aB:c:eE:fI:m:O:qt::T:o:hV | append,log-io=,command=,return,echo=,flush,force,log-in=,log-out=,logging-format=,output-limit=,quiet,timing=?,log-timing=,help,version | 0 | none | c,command
        watch | bcCdegn:pq:rtvwxh | beep,color,no-color,differences=?,errexit,chgexit,interval=,precise,equexit=,no-rerun,no-title,no-wrap,exec,help,version | 0 | code |
        xargs | 0a:d:E:e::I:i::l::L:n:oprP:s:tx | null,arg-file=,delimiter=,eof=?,replace=?,max-lines=?,max-args=,open-tty,interactive,no-run-if-empty,max-procs=,process-slot-var=,max-chars=,show-limits,verbose,exit,help,version | 0 | more |
        parallel | j:kN:n:a:I:q0mXS:d:uv | jobs=,keep-order,max-args=,arg-file=,quote,null,dry-run,bar,progress,eta,halt=,will-cite,sshlogin=,delay=,timeout=,tag,line-buffer,ungroup,colsep=,delimiter=,results=,joblog=,resume,verbose | 0 | code |
        busybox,toybox | | list,install,help | 0 | command |
        strace | a:b:cCdDe:E:fFhiI:knNo:O:p:P:qrs:S:tTu:U:vVwxX:yYzZ | attach=,trace=,output=,follow-forks,quiet=?,env=,user=,summary,summary-only,string-limit=,seccomp-bpf,timestamps=?,help,version | 0 | command |
        ltrace | a:A:bcCdD:e:fF:hil:Ln:o:p:rs:StTu:Vw:x: | output=,library=,indent=,config=,demangle,help,version | 0 | command |
        systemd-run | dE:GhH:M:p:PqrSt | user,system,scope,unit=,property=,description=,slice=,slice-inherit,expand-environment=,no-block,remain-after-exit,wait,send-sighup,service-type=,uid=,gid=,nice=,working-directory=,same-dir,setenv=,pty,pipe,quiet,collect,shell,on-active=,on-boot=,on-startup=,on-unit-active=,on-unit-inactive=,on-calendar=,on-clock-change,on-timezone-change,path-property=,socket-property=,timer-property=,host=,machine=,no-ask-password,help,version | 0 | command |
        ssh | 46AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w: | | 1 | remote |
        sshpass | p:f:d:e::P:vhV | | 0 | command |
        docker exec,podman exec,nerdctl exec | dite:u:w:l | detach,detach-keys=,env=,env-file=,interactive,privileged,tty,user=,workdir=,latest,preserve-fds=,help | 1 | command |
        docker run,podman run,nerdctl run | ade:hi:l:m:p:Ptu:v:w:c:q | add-host=,annotation=,attach=,cap-add=,cap-drop=,cgroup-parent=,cgroupns=,cidfile=,cpus=,cpu-shares=,cpuset-cpus=,detach,device=,dns=,entrypoint=,env=,env-file=,expose=,gpus=,group-add=,hostname=,init,interactive,ip=,ipc=,label=,link=,log-driver=,log-opt=,memory=,mount=,name=,network=,net=,no-healthcheck,oom-kill-disable,pid=,pids-limit=,platform=,privileged,publish=,publish-all,pull=,quiet,read-only,replace,restart=,rm,runtime=,security-opt=,shm-size=,stop-signal=,stop-timeout=,sysctl=,tmpfs=,tty,ulimit=,user=,userns=,uts=,volume=,volumes-from=,workdir= | 1 | command |
        catchsegv,eatmydata,unbuffer,chronic,torsocks,tsocks,linux32,linux64,dbus-run-session,rlwrap | | | 0 | command |
        setarch | | | 1 | command |
        ld.so | | library-path=,inhibit-cache,preload=,audit=,argv0=,list,verify,help,version | 0 | command |
        fakeroot | l:s:i:ub:hv | lib=,faked=,unknown-is-real,fd-base=,help,version | 0 | command |
        proxychains,proxychains4 | qf: | | 0 | command |
        faketime | mf:p: | | 1 | command |
        numactl | ai:I:N:m:p:C:lsS:hHL:f:o:tT | all,interleave=,preferred=,cpunodebind=,membind=,physcpubind=,localalloc,balancing,show,hardware,help | 0 | command |
        prlimit | p:o:c::d::e::f::i::l::m::n::q::r::s::t::u::v::x::y::hV | pid=,output=,noheadings,raw,verbose,core=?,data=?,nice=?,fsize=?,sigpending=?,memlock=?,rss=?,nofile=?,msgqueue=?,rtprio=?,stack=?,cpu=?,nproc=?,as=?,locks=?,rttime=?,help,version | 0 | command |
        choom | n:p:hV | adjust=,pid=,help,version | 0 | command |
        dumb-init | cr:vhV | single-child,rewrite=,verbose,help,version | 0 | command |
        tini | gsvwp:e:l | version | 0 | command |
        valgrind | hqv | tool=,leak-check=,track-origins=,log-file=,error-exitcode=,trace-children=,quiet,verbose,version,help,xml=,xml-file=,suppressions=,num-callers=,show-leak-kinds=,gen-suppressions=,callgrind-out-file=,cachegrind-out-file=,massif-out-file= | 0 | command |
        firejail,bwrap,proot | | | 0 | command |
        caffeinate | disut:w: | | 0 | command |
        """;
}
