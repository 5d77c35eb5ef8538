//! How a credential is made, and what must therefore be said of it. The second half is the oracle: it knows the making, not
//! the verifier, and follows RFC 7519, the VC data model and docs/trust.md.

use std::collections::BTreeSet;

/// Declares the ways in which one thing can be done; the first one is in order.
macro_rules! ways {
    ($(#[$doc:meta])* $name:ident { $($(#[$way_doc:meta])* $way:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum $name {
            #[default]
            $($(#[$way_doc])* $way),+
        }
        impl $name {
            pub const ALL: &[Self] = &[$(Self::$way),+];
        }
    };
}

ways!(
    /// Who signs.
    Signer {
        /// The university under the chain.
        Uni,
        DidKey,
        /// Under `assertionMethod`.
        Asserting,
        /// Only under `authentication`, where there is an `assertionMethod`.
        AuthenticatingOnly,
        /// Under `authentication`, where there is no `assertionMethod`.
        Old,
        /// Only under `keyAgreement`.
        AgreeingOnly,
        Deactivated,
        /// A DID that is nowhere.
        Nowhere,
        /// Of a method that nobody here resolves.
        OtherMethod,
    }
);
ways!(Header {
    Plain,
    Kid,
    /// `#key-1`.
    RelativeKid,
    /// Narrows nothing.
    Thumbprint,
    NoTyp,
    VcTyp,
    /// The newer name of the same algorithm (RFC 9864).
    Ed25519,
    OtherFragment,
    OthersKid,
    VpTyp,
    AlgNone,
    AlgHs256,
    OtherAlg,
    Crit,
    AlgTwice,
});
ways!(Signature { Good, Flipped, OthersKey, Empty, OfOtherClaims });
ways!(
    /// What `vc.issuer` says beside `iss`.
    Party {
        Absent,
        Same,
        SameObject,
        /// An object that names nobody.
        Described,
        Other,
        OtherObject,
        Number,
        /// `iss` stands twice.
        IssTwice,
    }
);
ways!(Subject { Sub, Inner, Both, Different });
ways!(Start {
    Nbf,
    Iat,
    IssuanceDate,
    Fraction,
    Same,
    /// A little ahead of us.
    Skewed,
    None,
    Future,
    FutureDate,
    FutureIat,
    Different,
    NoNumber,
});
ways!(End {
    None,
    Exp,
    /// `expirationDate` of the last second of all.
    Never,
    Fraction,
    Same,
    /// A little behind us.
    Skewed,
    Past,
    PastDate,
    /// Past outside, future inside.
    Different,
    /// The other way round.
    DifferentInside,
});
ways!(Status {
    None,
    Valid,
    ValidOld,
    /// Revoked since.
    Revoked,
    RevokedOld,
    Suspended,
    /// One of two entries is suspended.
    Several,
    UnknownList,
    /// Of the body's list.
    Foreign,
    Beyond,
    WrongPurpose,
    Malformed,
    /// A claim of its own says that there is none, the one inside that it is revoked.
    Hidden,
});
ways!(
    /// What the terms of use declare.
    Chain {
        Attest,
        ByName,
        Renewed,
        None,
        /// Superseded since by a narrower one.
        Narrowed,
        /// Too narrow, superseded by a wider one.
        Widened,
        Revoked,
        Expired,
        /// Granted to the holder.
        Holders,
        /// Grants the right to accredit, to the body.
        WrongKind,
        Missing,
        WrongRoot,
        /// Of a type that nobody granted.
        OtherType,
        /// Under a schema that nobody granted.
        OtherSchema,
    }
);
ways!(Audience { None, Named });
ways!(
    /// Which data model, and where it stands.
    Form {
        Vc11,
        Vc20,
        /// The payload is the credential (VC-JOSE-COSE).
        Bare,
    }
);
ways!(
    /// How the token is handed in.
    Dress {
        Compact,
        Blanks,
        JsonText,
        Envelope,
        DataUrl,
    }
);
ways!(At {
    Now,
    /// When nothing was revoked or superseded yet.
    Before,
    After,
    /// When nothing of this was on the ledger.
    LongAgo,
});
ways!(
    /// The roots that the request names.
    Roots {
        None,
        Did,
        Url,
        Name,
        Other,
    }
);

/// How a credential is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Plan {
    pub signer: Signer,
    pub header: Header,
    pub signature: Signature,
    pub party: Party,
    pub subject: Subject,
    pub start: Start,
    pub end: End,
    pub status: Status,
    pub chain: Chain,
    pub audience: Audience,
    pub form: Form,
    pub dress: Dress,
}

/// What is asked about it.
#[expect(clippy::struct_excessive_bools, reason = "these are independent switches of the question")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Question {
    pub by_mallory: bool,
    pub status: bool,
    pub chain: bool,
    pub allow_deactivated: bool,
    pub at: At,
    pub roots: Roots,
    pub issuance_date_off: bool,
    pub expiration_date_off: bool,
    pub audience_off: bool,
}

impl Plan {
    /// The same with one thing done in another way, for every thing and every way.
    pub fn variations() -> Vec<Self> {
        let base = Self::default();
        let mut all = vec![base];
        macro_rules! vary {
            ($($field:ident: $ways:ty),+) => {
                $(all.extend(<$ways>::ALL[1..].iter().map(|way| Self { $field: *way, ..base }));)+
            };
        }
        vary!(
            signer: Signer, header: Header, signature: Signature, party: Party, subject: Subject, start: Start, end: End,
            status: Status, chain: Chain, audience: Audience, form: Form, dress: Dress
        );
        all
    }

    /// The questions that tell most about it.
    pub fn usual(&self) -> Vec<Question> {
        let all = Question { status: true, chain: true, ..Question::default() };
        let depends_on_time =
            self.status != Status::None || self.chain != Chain::Attest || self.signer != Signer::Uni;
        if depends_on_time {
            vec![Question::default(), all, Question { at: At::Before, ..all }]
        } else {
            vec![all]
        }
    }

    /// The names of the checks that may fail; one of them does, and nothing else. Nothing: it holds.
    pub fn failing(&self, question: &Question) -> BTreeSet<&'static str> {
        let mut failing = BTreeSet::new();
        let mut fail = |names: &[&'static str], when: bool| {
            if when {
                failing.extend(names);
            }
        };
        self.signing(question, &mut fail);
        self.saying(question, &mut fail);
        fail(&["audience"], self.audience == Audience::Named && !question.audience_off);
        fail(&["status"], question.status && self.status_fails(question.at));
        fail(&["consistency"], self.status == Status::Hidden);
        if question.chain {
            fail(&["trustChain"], self.chain_fails(question));
            fail(&["trustedRoot"], !question.trusts_the_root());
        }
        failing
    }

    fn signing(&self, question: &Question, fail: &mut impl FnMut(&[&'static str], bool)) {
        use {Header as H, Signature as G, Signer as S};
        let is_on_the_ledger = !matches!(self.signer, S::DidKey | S::Nowhere | S::OtherMethod);
        fail(&["didDocument"], matches!(self.signer, S::Nowhere | S::OtherMethod));
        fail(&["didDocument"], is_on_the_ledger && question.at == At::LongAgo);
        fail(&["keyPurpose"], matches!(self.signer, S::AuthenticatingOnly | S::AgreeingOnly));
        fail(&["issuerActive"], self.signer == S::Deactivated && !question.allow_deactivated);
        fail(&["format"], matches!(self.header, H::VpTyp | H::AlgNone | H::AlgHs256 | H::Crit));
        fail(&["signature"], matches!(self.header, H::OtherFragment | H::OthersKid | H::OtherAlg));
        fail(&["consistency"], self.header == H::AlgTwice);
        fail(&["signature"], self.signature != G::Good);
        // Nobody says which key it is, and it is the other one's.
        fail(&["consistency"], self.party == Party::IssTwice);
    }

    fn saying(&self, question: &Question, fail: &mut impl FnMut(&[&'static str], bool)) {
        use {End as E, Start as T};
        let is_other = matches!(self.party, Party::Other | Party::OtherObject | Party::Number);
        fail(&["consistency", "issuer"], is_other);
        fail(&["consistency"], self.subject == Subject::Different);
        let starts_later = matches!(self.start, T::Future | T::FutureDate | T::FutureIat);
        // The data model 1.1 wants an issuance date.
        fail(&["notBefore"], starts_later && !question.issuance_date_off);
        let has_start = self.start != T::None || self.form != Form::Vc11;
        fail(&["notBefore"], question.at == At::LongAgo && has_start && !question.issuance_date_off);
        fail(&["consistency"], self.start == T::Different);
        fail(&["notBefore", "structure"], self.start == T::NoNumber);
        let is_over = matches!(self.end, E::Past | E::PastDate | E::Different | E::DifferentInside);
        let is_over = is_over && question.at != At::LongAgo;
        fail(&["expiration"], is_over && !question.expiration_date_off);
        fail(&["consistency"], matches!(self.end, E::Different | E::DifferentInside));
    }

    /// Asked of a list that is the signer's own.
    fn status_fails(&self, at: At) -> bool {
        let is_own = self.signer == Signer::Uni;
        match self.status {
            Status::None => false,
            Status::Valid | Status::ValidOld => !is_own,
            Status::Revoked | Status::RevokedOld | Status::Suspended | Status::Several | Status::Hidden => {
                !is_own || at != At::Before
            }
            Status::UnknownList
            | Status::Foreign
            | Status::Beyond
            | Status::WrongPurpose
            | Status::Malformed => true,
        }
    }

    fn chain_fails(&self, question: &Question) -> bool {
        if self.signer != Signer::Uni || question.at == At::LongAgo {
            return true;
        }
        match self.chain {
            Chain::Attest | Chain::ByName | Chain::Renewed => false,
            Chain::Narrowed => question.at != At::Before,
            Chain::Revoked => question.status && question.at != At::Before,
            Chain::Expired => !question.expiration_date_off,
            Chain::None
            | Chain::Widened
            | Chain::Holders
            | Chain::WrongKind
            | Chain::Missing
            | Chain::WrongRoot
            | Chain::OtherType
            | Chain::OtherSchema => true,
        }
    }
}

impl Question {
    /// The root is Alice's own; to others it is one that the request names.
    pub fn trusts_the_root(&self) -> bool {
        !self.by_mallory || matches!(self.roots, Roots::Did | Roots::Url | Roots::Name)
    }

    /// One thing asked in another way.
    pub fn variations() -> Vec<Self> {
        let all = Self { status: true, chain: true, ..Self::default() };
        let mallorys = Self { by_mallory: true, ..all };
        let mut questions = vec![
            Self { status: false, ..all },
            Self { chain: false, ..all },
            Self { allow_deactivated: true, ..all },
            Self { issuance_date_off: true, ..all },
            Self { expiration_date_off: true, ..all },
            Self { audience_off: true, ..all },
            Self { issuance_date_off: true, at: At::LongAgo, ..Self::default() },
        ];
        questions.extend(At::ALL.iter().map(|at| Self { at: *at, ..all }));
        questions.extend(Roots::ALL.iter().map(|roots| Self { roots: *roots, ..all }));
        questions.extend(Roots::ALL.iter().map(|roots| Self { roots: *roots, ..mallorys }));
        questions
    }
}
