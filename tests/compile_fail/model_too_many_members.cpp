// SPDX-License-Identifier: MIT
// expect: a honeydue model has at most 200 members: put some of them in a table of their own
// Boost.PFR takes apart 200 members.
#include <honeydue/model.hpp>

namespace app {

struct note {
    int m0, m1, m2, m3, m4, m5, m6, m7, m8, m9;
    int m10, m11, m12, m13, m14, m15, m16, m17, m18, m19;
    int m20, m21, m22, m23, m24, m25, m26, m27, m28, m29;
    int m30, m31, m32, m33, m34, m35, m36, m37, m38, m39;
    int m40, m41, m42, m43, m44, m45, m46, m47, m48, m49;
    int m50, m51, m52, m53, m54, m55, m56, m57, m58, m59;
    int m60, m61, m62, m63, m64, m65, m66, m67, m68, m69;
    int m70, m71, m72, m73, m74, m75, m76, m77, m78, m79;
    int m80, m81, m82, m83, m84, m85, m86, m87, m88, m89;
    int m90, m91, m92, m93, m94, m95, m96, m97, m98, m99;
    int m100, m101, m102, m103, m104, m105, m106, m107, m108, m109;
    int m110, m111, m112, m113, m114, m115, m116, m117, m118, m119;
    int m120, m121, m122, m123, m124, m125, m126, m127, m128, m129;
    int m130, m131, m132, m133, m134, m135, m136, m137, m138, m139;
    int m140, m141, m142, m143, m144, m145, m146, m147, m148, m149;
    int m150, m151, m152, m153, m154, m155, m156, m157, m158, m159;
    int m160, m161, m162, m163, m164, m165, m166, m167, m168, m169;
    int m170, m171, m172, m173, m174, m175, m176, m177, m178, m179;
    int m180, m181, m182, m183, m184, m185, m186, m187, m188, m189;
    int m190, m191, m192, m193, m194, m195, m196, m197, m198, m199;
#ifndef HONEYDUE_FIXED
    int one_too_many;
#endif
};

}  // namespace app

static_assert(honeydue::model<app::note>::size == 200);
